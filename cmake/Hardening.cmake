# Compiler and linker options of every object: warnings, hardening, sanitizers.
add_library(nsengine_hardening INTERFACE)
target_compile_options(nsengine_hardening INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  $<$<BOOL:${NSENGINE_WERROR}>:-Werror>)

include(CheckCCompilerFlag)
check_c_compiler_flag(-fcf-protection=full NSENGINE_HAS_CET)
check_c_compiler_flag(-fstack-clash-protection NSENGINE_HAS_STACK_CLASH)
target_compile_options(nsengine_hardening INTERFACE
  -fstack-protector-strong
  $<$<BOOL:${NSENGINE_HAS_STACK_CLASH}>:-fstack-clash-protection>
  $<$<BOOL:${NSENGINE_HAS_CET}>:-fcf-protection=full>)
target_link_options(nsengine_hardening INTERFACE
  -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed,--no-undefined-version)
include(CheckPIESupported)
check_pie_supported()

if(NSENGINE_SANITIZE)
  target_compile_options(nsengine_hardening INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(nsengine_hardening INTERFACE -fsanitize=address,undefined)
else()
  # FORTIFY needs optimisation, and replaces functions that the sanitizers watch.
  target_compile_options(nsengine_hardening INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
