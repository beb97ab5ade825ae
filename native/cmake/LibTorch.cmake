# Imported targets of one LibTorch, found at ELIQ_LIBTORCH (the folder that holds include/ and lib/). Not
# find_package(Torch): for a CUDA build that demands a CUDA toolkit at configure time, and it lets a distribution's older
# LibTorch on the default search path slip in.
#
# Defines: LibTorch::torch (headers, torch_cpu, c10), ELIQ_LIBTORCH_VERSION.

if(NOT ELIQ_LIBTORCH)
  # The lookup (environment, cache, python3) has one implementation, lib/native/libtorch.ts; setup passes its answer with
  # -DELIQ_LIBTORCH. A bare `npx cmake-js build` asks it here.
  find_program(ELIQ_NODE NAMES node REQUIRED)
  execute_process(
    COMMAND ${ELIQ_NODE} ${package_root}/dist/native/libtorch-prefix.js
    OUTPUT_VARIABLE ELIQ_LIBTORCH OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE libtorch_prefix_failed)
  if(libtorch_prefix_failed)
    message(FATAL_ERROR "No LibTorch found. Run `npm ci` in a clone or `npx eliq setup`, or set ELIQ_LIBTORCH to a folder with include/ and lib/.")
  endif()
endif()
file(REAL_PATH "${ELIQ_LIBTORCH}" ELIQ_LIBTORCH_PREFIX)

set(version_header "${ELIQ_LIBTORCH_PREFIX}/include/torch/headeronly/version.h")
if(NOT EXISTS "${version_header}")
  set(version_header "${ELIQ_LIBTORCH_PREFIX}/include/torch/csrc/api/include/torch/version.h")
endif()
if(NOT EXISTS "${version_header}")
  message(FATAL_ERROR "${ELIQ_LIBTORCH_PREFIX} is not a LibTorch: it has no torch/version.h under include/.")
endif()
set(ELIQ_LIBTORCH_VERSION "")
foreach(part MAJOR MINOR PATCH)
  file(STRINGS "${version_header}" line REGEX "^#define TORCH_VERSION_${part} ")
  string(REGEX REPLACE "^#define TORCH_VERSION_${part} +([0-9]+).*" "\\1" value "${line}")
  list(APPEND ELIQ_LIBTORCH_VERSION ${value})
endforeach()
list(JOIN ELIQ_LIBTORCH_VERSION "." ELIQ_LIBTORCH_VERSION)
if(ELIQ_LIBTORCH_VERSION VERSION_LESS 2.11 OR ELIQ_LIBTORCH_VERSION VERSION_GREATER_EQUAL 2.16)
  message(FATAL_ERROR "LibTorch ${ELIQ_LIBTORCH_VERSION} at ${ELIQ_LIBTORCH_PREFIX} is outside 2.11 … 2.15.")
endif()

foreach(name c10 torch_cpu)
  set(library "${ELIQ_LIBTORCH_PREFIX}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}${name}${CMAKE_SHARED_LIBRARY_SUFFIX}")
  if(NOT EXISTS "${library}")
    message(FATAL_ERROR "${ELIQ_LIBTORCH_PREFIX} is not a whole LibTorch: ${library} is missing.")
  endif()
  add_library(LibTorch::${name} SHARED IMPORTED)
  set_target_properties(LibTorch::${name} PROPERTIES IMPORTED_LOCATION "${library}")
endforeach()

add_library(LibTorch::torch INTERFACE IMPORTED)
target_include_directories(LibTorch::torch SYSTEM INTERFACE
  "${ELIQ_LIBTORCH_PREFIX}/include" "${ELIQ_LIBTORCH_PREFIX}/include/torch/csrc/api/include")
# CPATH comes before system include folders, so another LibTorch's headers can still slip in; then native/pch.h refuses.
string(REPLACE "." ";" version_parts "${ELIQ_LIBTORCH_VERSION}")
list(GET version_parts 0 version_major)
list(GET version_parts 1 version_minor)
target_compile_definitions(LibTorch::torch INTERFACE
  ELIQ_LIBTORCH_MAJOR=${version_major} ELIQ_LIBTORCH_MINOR=${version_minor})
target_link_libraries(LibTorch::torch INTERFACE LibTorch::torch_cpu LibTorch::c10)
message(STATUS "LibTorch ${ELIQ_LIBTORCH_VERSION} at ${ELIQ_LIBTORCH_PREFIX}")
