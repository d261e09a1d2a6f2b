--- Writes the completion of bash, zsh and fish, share/completion/*, out of the options, the fields and the mounts.
--- Run by docs/generate.lua.

local words = select(2, ...)
local mounts = require "nsengine.mount"
local schema = require "nsengine.schema"
local options = require("nsengine.options").list

local note = "# Written by docs/generate.lua.\n"

--- What --help FIELD knows, each with a line about it: {{"limits.files", "Open descriptors of one process"}, ...}.
local function topics()
  local list = { { "fields", "all of them" } }
  local function add(name, doc) list[#list + 1] = { name, (doc:gsub("\n", " "):match("^[^.;:]*")) } end
  for _, name in ipairs(schema.fields) do
    local field = schema.field(name)
    add(name, field.doc)
    for _, key in ipairs(words.sorted_keys(field.keys or {})) do
      if not field.keys[key].later then add(name .. "." .. key, field.keys[key].doc) end
    end
  end
  for _, kind in ipairs(words.kinds) do add("ns." .. kind, mounts.description(kind).doc) end
  local profiles = require "nsengine.profiles"
  for _, name in ipairs(words.sorted_keys(profiles)) do add(name, profiles[name]) end
  return list
end

local function names(list, separator)
  local out = {}
  for i, topic in ipairs(list) do out[i] = topic[1] end
  return table.concat(out, separator)
end

--- A text between single quotes, in which a quote ends them, stands escaped and begins them again.
local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- What stands behind "=": of --explain[=json] "json", of --trace[=FILE] "FILE".
local function joined(option)
  return option[3] and option[2] ~= "--help" and option[3]:match("^%[(.*)%]$")
end

-- bash ------------------------------------------------------------------------------------------------------------

local function bash_options()
  local list = {}
  for _, option in ipairs(options) do
    if option[1] then list[#list + 1] = option[1] end
    if option[2] then list[#list + 1] = option[2] end
  end
  return table.concat(list, " ")
end

local bash = [==[
_nsengine()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} joined= i
    COMPREPLY=()
    # Behind the recipe stand its own arguments, and behind "--" a command.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --)
                compopt -o default
                ((i + 1 == COMP_CWORD)) && COMPREPLY=($(compgen -c -- "$cur"))
                return
                ;;
        esac
    done
    # "=" is a word of its own where COMP_WORDBREAKS has it.
    if [[ $cur == = ]]; then
        cur= joined=1
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]} joined=1
    fi
    case $prev$joined in
        -h | --help | --help1)
            COMPREPLY=($(compgen -W '@TOPICS@' -- "$cur"))
            return
            ;;
        -o | --result | --result1 | --trace1)
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --explain1 | --doctor1)
            COMPREPLY=($(compgen -W json -- "$cur"))
            return
            ;;
        -e)
            return
            ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '@OPTIONS@' -- "$cur"))
        return
    fi
    compopt -o filenames
    COMPREPLY=($(compgen -f -X '!*.lua' -- "$cur") $(compgen -d -- "$cur"))
}
complete -F _nsengine nsengine
]==]

local function write_bash(file)
  local text = bash:gsub("@(%u+)@", { TOPICS = names(topics(), " "), OPTIONS = bash_options() })
  file:write(note, text)
end

-- zsh -------------------------------------------------------------------------------------------------------------

--- One word of _arguments: "(-h --help)"{-h,--help}"[text]:FIELD:->topic".
local function zsh_option(option)
  local short, long, argument, text = table.unpack(option, 1, 4)
  text = text:gsub("[%[%]:]", "\\%0")
  local action = ""
  if long == "--help" then
    action = "::field:_nsengine_topics"
  elseif argument then
    local bare = argument:gsub("[%[%]]", "")
    local what = ({ FILE = "_files", json = "(json)", CHUNK = " " })[bare] or " "
    action = (argument:find("^%[") and "::" or ":") .. bare:lower() .. ":" .. what
  end
  local mark = joined(option) and "=-" or ""
  local tail = quoted(("[%s]%s"):format(text, action))
  if short and long then
    return ("'(%s %s)'{%s,%s}%s"):format(short, long, short, long .. mark, tail)
  end
  return (short or long) .. mark .. tail
end

local function write_zsh(file)
  file:write("#compdef nsengine\n", note, "\n_nsengine_topics()\n{\n  local -a topics=(\n")
  for _, topic in ipairs(topics()) do file:write("    ", quoted(topic[1] .. ":" .. topic[2]), "\n") end
  file:write("  )\n  _describe field topics\n}\n\n_arguments -s -S \\\n")
  for _, option in ipairs(options) do file:write("  ", zsh_option(option), " \\\n") end
  file:write("  '1:recipe:_files -g \"*.lua(-.)\"' \\\n  '*::argument:_normal'\n")
end

-- fish ------------------------------------------------------------------------------------------------------------

local function write_fish(file)
  file:write(note, "complete -c nsengine -f -a '(__fish_complete_suffix .lua)'\n")
  for _, option in ipairs(options) do
    local short, long, argument, text = table.unpack(option, 1, 4)
    local line = { "complete -c nsengine" }
    if short then line[#line + 1] = "-s " .. short:sub(2) end
    if long then line[#line + 1] = "-l " .. long:sub(3) end
    if long == "--help" then
      line[#line + 1] = "-x -a '(__nsengine_topics)'"
    elseif argument and not argument:find("^%[") then
      line[#line + 1] = argument == "FILE" and "-r -F" or "-x"
    end
    line[#line + 1] = "-d " .. quoted(text):gsub("'\\''", "\\'")
    file:write(table.concat(line, " "), "\n")
  end
  file:write("\nfunction __nsengine_topics\n")
  for _, topic in ipairs(topics()) do
    file:write("    printf '%s\\t%s\\n' ", topic[1], " ", (quoted(topic[2]):gsub("'\\''", "\\'")), "\n")
  end
  file:write("end\n")
end

return {
  ["share/completion/nsengine.bash"] = write_bash,
  ["share/completion/_nsengine"] = write_zsh,
  ["share/completion/nsengine.fish"] = write_fish,
}
