# Cross compiling without an emulator: the tool that compiles the filters is built by this machine's own
# compiler, in a build of its own, and is told for which machine. It takes the development packages of this
# machine too. For another machine libseccomp adds no call that it has no name for, so that calls newer than
# it are answered by ENOSYS; with an emulator the filters are those of a build on that machine.
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
