# Writes OUTPUT, a C file with the text of the Lua sources FILES below ROOT:
#   cmake -DROOT=lua -DFILES=nsengine/cli.lua,... -DOUTPUT=embedded.c -P Embed.cmake
string(REPLACE "," ";" FILES "${FILES}")
set(arrays "")
set(rows "")
set(number 0)
foreach(file IN LISTS FILES)
  file(READ "${ROOT}/${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "[.]lua$" "" module "${file}")
  string(REGEX REPLACE "^([^/]+)/init$" "\\1" module "${module}")
  string(REPLACE "/" "." module "${module}")
  string(APPEND arrays "static const char text_${number}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${module}\", \"${file}\", text_${number}, sizeof(text_${number})},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}" "/* Written by cmake/Embed.cmake. */
#include \"embedded.h\"

${arrays}
const struct nse_embedded nse_embedded[] = {
${rows}};
const size_t nse_embedded_count = ${number};
")
