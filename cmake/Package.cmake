# `./dev package`: a .deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nsengine)
set(CPACK_PACKAGE_VENDOR "the nsengine contributors")
set(CPACK_PACKAGE_CONTACT "nsengine maintainers <maintainers@users.noreply.r-seed-4fda5f8c.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "A recipe, a program in Lua of ten lines, describes a sandbox: what is seen
inside, who one is there, what may be used. nsengine runs commands in it, as
root and as an ordinary user.
.
This package has the launcher, the Lua modules nsengine and nsengine.sys, and
the C libraries libnsengine and libnsengine-recipe with their headers.")
# Linked libraries become Depends. uidmap has newuidmap, for more than one user inside. The rest is
# for recipes that use it.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY =)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "uidmap")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "lua5.4, lua-cjson, lua-argparse")
install(FILES LICENSE RENAME copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
include(CPack)
