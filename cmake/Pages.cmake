# The man pages, made from share/man/*.scd if scdoc is installed; else only they are missing.
find_program(SCDOC scdoc)
if(SCDOC)
  file(GLOB page_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/share/man/*.scd)
  foreach(source IN LISTS page_sources)
    get_filename_component(page ${source} NAME_WLE) # nsengine.1
    string(REGEX MATCH "[0-9]$" section ${page})
    add_custom_command(OUTPUT man/${page}
      COMMAND ${CMAKE_COMMAND} -E make_directory man
      COMMAND ${SCDOC} < ${source} > man/${page}
      DEPENDS ${source} VERBATIM)
    list(APPEND pages ${CMAKE_BINARY_DIR}/man/${page})
    install(FILES ${CMAKE_BINARY_DIR}/man/${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  add_custom_target(pages ALL DEPENDS ${pages})
endif()
