# Cross compiling without an emulator: the tool that compiles the filters is built by this machine's
# compiler, in a separate build, and told the target machine. It needs this machine's development
# packages too. For another machine libseccomp adds only calls that it can name, so newer calls get
# ENOSYS. With an emulator the filters are the same as in a build on the target.
include(ExternalProject)
set(host_dir ${CMAKE_BINARY_DIR}/host)
ExternalProject_Add(host_tools
  SOURCE_DIR ${CMAKE_SOURCE_DIR}
  BINARY_DIR ${host_dir}
  CONFIGURE_COMMAND ${CMAKE_COMMAND} -E env
    --unset=CC --unset=CFLAGS --unset=LDFLAGS
    --unset=PKG_CONFIG_LIBDIR --unset=PKG_CONFIG_PATH --unset=PKG_CONFIG_SYSROOT_DIR
    ${CMAKE_COMMAND} -S ${CMAKE_SOURCE_DIR} -B ${host_dir}
  BUILD_COMMAND ${CMAKE_COMMAND} --build ${host_dir} --target make_filters
  BUILD_ALWAYS ON
  INSTALL_COMMAND ""
  EXCLUDE_FROM_ALL ON)
set(make_filters ${host_dir}/make_filters ${CMAKE_SOURCE_DIR}/lua ${CMAKE_SYSTEM_PROCESSOR})
set(make_filters_after host_tools)
