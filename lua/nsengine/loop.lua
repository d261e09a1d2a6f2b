--- The poll loop: one for all sandboxes of this program, so that waiting for one of them also moves the data and
--- enforces the deadlines of the others. Loaded when there is more to do than wait for one process.
---
--- sys.poll takes the list of everything watched: about 0.3 us per entry, so a wake-up with 1,000 processes and two
--- pipes for each costs 1 ms. The list is kept between wake-ups, never rebuilt.

local sys = require "nsengine.sys"

local M = {}

--- The argument of sys.poll, {descriptor or sys Process, events}; named fields are only for this module.
local entries = {}
--- The entry of each descriptor. The key is the FD object, not its number: each watcher has an FD of its own.
local watched = {}
--- owner -> {time, function}
local timers = {}

--- Calls handler(fd, words) whenever `fd` is ready; calling this again changes events and handler.
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

--- Stops watching; must be called before the descriptor is closed. Calling it twice is harmless.
function M.unwatch(fd)
  local entry = watched[fd]
  if not entry then return end
  local last = entries[#entries]
  watched[fd] = nil
  entries[entry.index], last.index = last, entry.index
  entries[#entries] = nil
end

--- Whether a descriptor is watched.
function M.is_watched(fd)
  return watched[fd] ~= nil
end

--- Calls fn(now) at a time of sys.monotonic, and again at each time that fn returns. One timer per owner.
---@param owner table
---@param time number
---@param fn fun(now: number): number|nil
function M.at(owner, time, fn)
  timers[owner] = { time, fn }
end

function M.cancel(owner)
  timers[owner] = nil
end

--- Calls the timers that are due; returns the time of the next, or nil.
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
  for _, owner in ipairs(due or {}) do -- not during the traversal: they may add and cancel timers
    local timer = timers[owner]
    local again = timer and timer[2](now)
    if timer == timers[owner] then -- else fn replaced or cancelled it
      timers[owner] = again and { again, timer[2] }
    end
    timer = timers[owner]
    if timer and (not next_time or timer[1] < next_time) then next_time = timer[1] end
  end
  return next_time
end

local runs = false

--- Whether the loop is running: then the caller was called by it.
function M.is_running()
  return runs
end

--- Runs until `done()` is true, or until the deadline (a time of sys.monotonic). Everything is polled at least once
--- before the deadline counts.
---@param done fun(): any
---@param deadline number|nil
---@return any done what done() returned; false after the deadline
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
      local entry = watched[ready[i][1]] -- nil if an earlier handler stopped watching it
      if entry then entry.handler(entry[1], ready[i][2]) end
    end
    if deadline and sys.monotonic() >= deadline then return done() or false end
  end
end

return M
