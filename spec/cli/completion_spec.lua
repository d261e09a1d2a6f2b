--- Shell completion and man pages, tried in the programs that use them. docs_spec.lua checks that they agree with the
--- code.
local support = require "support"
local sys = require "nsengine.sys"

local function shell(...)
  local r = support.run { ... }
  return r.stdout, r.stderr, r.code
end

local function has(program) return select(3, shell("sh", "-c", "command -v " .. program)) == 0 end

--- The words of a text, as a set.
local function words(text)
  local set = {}
  for word in text:gmatch("[^\n]+") do set[word:match("^[^\t]*")] = true end
  return set
end

--- What bash offers for the last word.
local function bash(...)
  local list = { ... }
  for i, word in ipairs(list) do list[i] = "'" .. word .. "'" end
  local script = ("source share/completion/nsengine.bash; compopt() { :; }; COMP_WORDS=(%s); COMP_CWORD=%d; "
    .. "cd examples; _nsengine; printf '%%s\\n' \"${COMPREPLY[@]}\""):format(table.concat(list, " "), #list - 1)
  local out, err, code = shell("bash", "-c", script)
  assert.same({ "", 0 }, { err, code })
  return words(out)
end

local function fish(line)
  local out, err, code = shell("fish", "--no-config", "-c",
    ("source share/completion/nsengine.fish; cd examples; complete -C %q"):format(line))
  assert.same({ "", 0 }, { err, code })
  return words(out)
end

describe("completion in bash", function()
  local function it_does(name, fn)
    it(name, function()
      if not has "bash" then return pending "needs bash" end
      fn()
    end)
  end

  it_does("offers recipes and folders", function()
    local offered = bash("nsengine", "")
    assert.is_true(offered["05-shell.lua"] and offered.embed)
    assert.is_nil(offered["embed/run.c"])
    assert.same({ ["05-shell.lua"] = true }, bash("nsengine", "--check", "05"))
  end)

  it_does("offers every option of --help", function()
    local offered = bash("nsengine", "-")
    for _, option in ipairs(require("nsengine.options").list) do
      assert.is_true(offered[option[2] or option[1]], option[2])
    end
    assert.same({ ["--explain"] = true }, bash("nsengine", "--exp"))
    assert.same({ json = true }, bash("nsengine", "--explain", "=", "j"))
    assert.same({ json = true }, bash("nsengine", "--doctor", "="))
    assert.is_true(bash("nsengine", "--trace", "=", "")["05-shell.lua"])
  end)

  it_does("offers fields, keys and mounts behind --help", function()
    assert.same({ ["limits.wall_time"] = true }, bash("nsengine", "--help", "limits.wall"))
    assert.same({ ["ns.tmpfs"] = true }, bash("nsengine", "-h", "ns.tm"))
    local offered = bash("nsengine", "--help", "")
    for _, name in ipairs(require("nsengine.schema").fields) do assert.is_true(offered[name], name) end
  end)

  it_does("offers programs behind --", function()
    assert.is_true(bash("nsengine", "05-shell.lua", "--", "en")["env"])
  end)
end)

describe("completion in fish", function()
  it("offers options, fields and recipes", function()
    if not has "fish" then return pending "needs fish" end
    assert.is_true(fish("nsengine --exp")["--explain"])
    assert.is_true(fish("nsengine --help limits.wall")["limits.wall_time"])
    assert.is_true(fish("nsengine 05")["05-shell.lua"])
  end)
end)

describe("completion in zsh", function()
  it("parses as a zsh script", function()
    if not has "zsh" then return pending "needs zsh" end
    assert.same({ "", "", 0 }, { shell("zsh", "-n", "share/completion/_nsengine") })
  end)

  it("loads, and lists every option", function()
    if not has "zsh" then return pending "needs zsh" end
    local text = assert(sys.readfile "share/completion/_nsengine")
    for _, option in ipairs(require("nsengine.options").list) do
      assert.truthy(text:find((option[2] or option[1]), 1, true), option[2])
    end
    -- _arguments refuses a specification that it cannot read; compadd is what it would offer by.
    local out, err, code = shell("zsh", "-f", "-c", [[
      autoload -Uz compinit && compinit -u -D
      fpath=(share/completion $fpath)
      autoload -Uz _nsengine && autoload +X _nsengine && print loaded]])
    assert.same({ "loaded\n", "", 0 }, { out, err, code })
  end)
end)

describe("the man page", function()
  local pages = {}
  for _, name in ipairs(assert(sys.list "share/man")) do pages[#pages + 1] = name end
  table.sort(pages)

  it("exists for the launcher, recipes, nsengine.sys and the C libraries", function()
    assert.same({ "nsengine-recipe.5.scd", "nsengine-sys.3.scd", "nsengine.1.scd", "nsengine.h.3.scd" }, pages)
  end)

  for _, name in ipairs(pages) do
    it(name .. " is printed by man without warnings", function()
      if not has "scdoc" then return pending "needs scdoc" end
      local dir <close> = support.tempdir()
      local out, err, code = shell("sh", "-c", ("scdoc <share/man/%s >%s/page"):format(name, dir.path))
      assert.same({ "", "", 0 }, { out, err, code })
      if has "mandoc" then
        -- Lint also reports scdoc's own habits, below errors: empty paragraphs, long lines.
        assert.equal("", (shell("mandoc", "-Tlint", "-Werror", dir.path .. "/page")))
      end
      if has "man" and has "groff" then
        local _, warnings = shell("sh", "-c", ("LC_ALL=C.UTF-8 man --warnings -l %s/page >/dev/null"):format(dir.path))
        assert.equal("", warnings)
      elseif not has "mandoc" then
        pending "needs mandoc or man"
      end
    end)
  end
end)
