--- The poll loop: one for all processes of this program, so that a wait for one of them also moves the data and
--- keeps the deadlines of the others. Loaded when there is something to do besides waiting for one end.
---
--- sys.poll takes the list of everything that is watched: about 0.3 us an entry, so a wake-up with 1,000 processes
--- and their two pipes each costs 1 ms. The list is kept between wake-ups, never built anew.

local sys = require "nsengine.sys"

local M = {}

--- What sys.poll looks at, {descriptor or sys Process, events}; the fields are ours.
local entries = {}
--- The entry of each descriptor. The key is the handle, not its number: who watches makes an FD of its own.
local watched = {}
--- owner -> {time, function}
local timers = {}

--- Calls handler(fd, words) whenever `fd` is ready; another call changes events and handler.
---@param fd userdata an FD or a Process of nsengine.sys
---@param events "r"|"w"
---@param handler fun(fd: userdata, words: string)
function M.watch(fd, events, handler)
  local entry = watched[fd]
  if entry then
    entry[2], entry.handler = events, handler
    return
  end
  entry = { fd, events, handler = handler, index = #entries + 1 }
  entries[entry.index], watched[fd] = entry, entry
end

--- No more of that; it must come before the descriptor is closed. Twice does no harm.
function M.unwatch(fd)
  local entry = watched[fd]
  if not entry then return end
  local last = entries[#entries]
  watched[fd] = nil
  entries[entry.index], last.index = last, entry.index
  entries[#entries] = nil
end

--- Calls fn(now) at a time of sys.monotonic, and again at each time that it returns. One timer for each owner.
---@param owner table
---@param time number
---@param fn fun(now: number): number|nil
function M.at(owner, time, fn)
  timers[owner] = { time, fn }
end

function M.cancel(owner)
  timers[owner] = nil
end

--- Calls what is due; the time of the next, or nil.
local function fire(now)
  local due, next_time
  for owner, timer in next, timers do
    if timer[1] <= now then
      due = due or {}
      due[#due + 1] = owner
    elseif not next_time or timer[1] < next_time then
      next_time = timer[1]
    end
  end
  for _, owner in ipairs(due or {}) do -- apart from the walk: they may make timers and cancel them
    local timer = timers[owner]
    local again = timer and timer[2](now)
    if timer == timers[owner] then -- else it was set anew, or cancelled
      timers[owner] = again and { again, timer[2] }
    end
    timer = timers[owner]
    if timer and (not next_time or timer[1] < next_time) then next_time = timer[1] end
  end
  return next_time
end

local runs = false

--- Whether it runs: who asks is called by it.
function M.is_running()
  return runs
end

--- Runs until `done()` is true, or until the deadline (a time of sys.monotonic). At least one look at everything
--- is taken before the deadline counts.
---@param done fun(): any
---@param deadline number|nil
---@return any done what it returned; false when the time ran out
function M.run(done, deadline)
  local before = runs
  local _ <close> = setmetatable({}, { __close = function() runs = before end })
  runs = true
  while true do
    local now = sys.monotonic()
    local till = fire(now)
    local value = done()
    if value then return value end
    if deadline and (not till or deadline < till) then till = deadline end
    local ready = assert(sys.poll(entries, till and math.max(0, till - now)))
    for i = 1, #ready do
      local entry = watched[ready[i][1]] -- not any more, when an earlier handler ended it
      if entry then entry.handler(entry[1], ready[i][2]) end
    end
    if deadline and sys.monotonic() >= deadline then return done() or false end
  end
end

return M
