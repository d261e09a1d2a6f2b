#!/usr/bin/env nsengine
-- A process in namespaces of its own, call by call: docs/tutorial.md explains each.
--   nsengine 01-tutorial.lua                 a shell: try id, hostname, /sbin/ifconfig, ps -ef
--   nsengine 01-tutorial.lua COMMAND...      that command instead
local sys = require "nsengine.sys"

local command = #arg > 0 and { table.unpack(arg) } or { "/bin/sh" }

local flags = sys.CLONE_NEWUTS | sys.CLONE_NEWIPC | sys.CLONE_NEWPID
            | sys.CLONE_NEWNS  | sys.CLONE_NEWUSER | sys.CLONE_NEWNET

local child <close> = assert(sys.clone(flags, function()
  assert(sys.sethostname("zxytest"))          -- only this UTS namespace sees it
  assert(sys.mount("proc", "/proc", "proc"))  -- so that ps shows us as pid 1; after exec, nobody may
  assert(sys.exec(command))                   -- id: nobody; ifconfig: nothing
end))
return child:wait()
