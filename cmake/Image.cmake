# Writes OUTPUT, a C file with the bytes of the program IMAGE:
#   cmake -DIMAGE=init -DOUTPUT=image.c -P Image.cmake
file(READ "${IMAGE}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE "${OUTPUT}" "/* Written by cmake/Image.cmake. */
#include \"image.h\"

const unsigned char nse_image[] = {${bytes}};
const size_t nse_image_size = sizeof(nse_image);
")
