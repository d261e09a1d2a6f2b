--- The known name that a misspelt one most likely stands for.

--- Edits between two words: insertions, deletions, replacements, and swaps of neighbours
--- (Damerau-Levenshtein, optimal string alignment).
local function distance(a, b)
  local before, previous = {}, {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, previous = previous, row
  end
  return previous[#b]
end

--- The string key of `names` nearest to `word`, or nil if none is near: one letter, or a third of the word, may differ.
--- Ties are broken alphabetically, so that messages are stable.
---@param word string
---@param names table<string, any>
---@return string|nil
local function suggest(word, names)
  local best, least = nil, math.max(1, #word // 3) + 1
  for name in next, names do
    if type(name) == "string" and math.abs(#name - #word) < least + 1 then
      local d = distance(word:lower(), name:lower())
      if d < least or (d == least and best and name < best) then best, least = name, d end
    end
  end
  return best
end

return suggest
