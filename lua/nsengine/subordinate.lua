--- The ranges of ids in /etc/subuid and /etc/subgid, subuid(5): which is free, and who else has them. Pure functions of
--- what `read` returns: specs pass invented files.

local M = {}

--- As useradd(8) gives them.
local FIRST <const>, COUNT <const> = 100000, 65536

--- The ranges of a file: {{owner =, first =, last =}, ...}.
local function ranges(text)
  local list = {}
  for owner, first, count in ("\n" .. (text or "")):gmatch "\n([^:\n]+):(%d+):(%d+)" do
    first, count = tonumber(first), tonumber(count)
    if count > 0 then list[#list + 1] = { owner = owner, first = first, last = first + count - 1 } end
  end
  return list
end

--- The first id of a range that nobody has in either file.
local function free(read)
  local taken = ranges(read "/etc/subuid")
  for _, range in ipairs(ranges(read "/etc/subgid")) do taken[#taken + 1] = range end
  table.sort(taken, function(a, b) return a.first < b.first end)
  local first = FIRST
  for _, range in ipairs(taken) do
    if range.first < first + COUNT then first = math.max(first, range.last + 1) end
  end
  return first
end

--- The command that gives an account a range of its own, instead of `old`.
---@param read fun(path: string): string|nil
---@param name string
---@param old {first: integer, count: integer}|nil
---@return string
function M.command(read, name, old)
  local first = free(read)
  local new = ("%d-%d"):format(first, first + COUNT - 1)
  local range = old and ("%d-%d"):format(old.first, old.first + old.count - 1)
  return ("usermod %s--add-subuids %s --add-subgids %s %s"):format(
    range and ("--del-subuids %s --del-subgids %s "):format(range, range) or "", new, new, name)
end

--- The line for a uid without an account: usermod(8) cannot write it.
---@return string
function M.line(read, uid)
  return ("%d:%d:%d"):format(uid, free(read), COUNT)
end

--- Whose range in a file overlaps one of root's; nil: nobody's.
---@param range {first: integer, count: integer}
---@return string|nil owner
function M.sharer(read, path, range)
  for _, other in ipairs(ranges(read(path))) do
    if other.owner ~= "root" and other.owner ~= "0" and other.first < range.first + range.count
      and range.first <= other.last then
      return other.owner
    end
  end
end

return M
