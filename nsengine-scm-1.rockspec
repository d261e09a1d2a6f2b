rockspec_format = "3.0"
package = "nsengine"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "A Lua-scriptable sandbox engine for Linux",
  detailed = "The modules nsengine and nsengine.sys, and the launcher. It needs a C compiler, CMake, pkg-config, and "
    .. "the development files of Lua 5.4, libcap, libmnl and libseccomp.",
  license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.4, < 5.5" }
external_dependencies = {
  LIBCAP = { header = "sys/capability.h" },
  LIBMNL = { header = "libmnl/libmnl.h" },
  LIBSECCOMP = { header = "seccomp.h" },
}
build = {
  type = "cmake",
  -- Everything in lib is taken for a module: the C libraries stand apart, in the rock's own folder.
  variables = {
    CMAKE_INSTALL_LIBDIR = "c",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    CMAKE_BUILD_TYPE = "RelWithDebInfo",
    NSENGINE_LMOD = "$(LUADIR)",
    NSENGINE_CMOD = "$(LIBDIR)",
  },
}
