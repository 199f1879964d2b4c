# cqrs_compile(target): the flags under which all of our own code is compiled.
function(cqrs_compile target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
  if(CQRS_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CQRS_SANITIZE STREQUAL "address")
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  elseif(CQRS_SANITIZE STREQUAL "thread")
    target_compile_options(${target} PRIVATE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=thread)
  elseif(CQRS_SANITIZE STREQUAL "fuzzer")
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

# cqrs_tidy(target): with CQRS_TIDY, whatever clang-tidy finds in it fails its compilation.
function(cqrs_tidy target)
  if(CQRS_TIDY)
    find_program(CQRS_CLANG_TIDY clang-tidy REQUIRED)
    set_target_properties(${target} PROPERTIES
      C_CLANG_TIDY "${CQRS_CLANG_TIDY};--quiet")
  endif()
endfunction()
