# Writes eliq.build.json beside the addon, which lib/native reads before it loads it. Run in script mode after every build,
# however that was started, so that one look tells whether the addon fits the sources, the machine and its LibTorch:
#   cmake -DROOT=… -DRECORD=… -DCOMPILER=… (and the rest below) -P BuildRecord.cmake

# The same hash as lib/native/source-hash.ts computes.
file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE "${ROOT}" "${ROOT}/native/*")
list(FILTER files EXCLUDE REGEX "^native/(test|fuzz)/")
list(APPEND files CMakeLists.txt)
list(SORT files COMPARE STRING)
set(listing "")
foreach(path IN LISTS files)
  file(SHA256 "${ROOT}/${path}" digest)
  string(APPEND listing "${digest}  ${path}\n")
endforeach()
string(SHA256 source_hash "${listing}")

function(quoted value result)
  string(REPLACE "\\" "\\\\" value "${value}")
  string(REPLACE "\"" "\\\"" value "${value}")
  set(${result} "\"${value}\"" PARENT_SCOPE)
endfunction()

set(json "{}")
foreach(pair IN ITEMS eliq:VERSION libtorch:LIBTORCH_VERSION prefix:LIBTORCH_PREFIX compiler:COMPILER platform:PLATFORM
                      arch:ARCH sourceHash:source_hash)
  string(REPLACE ":" ";" pair "${pair}")
  list(GET pair 0 key)
  list(GET pair 1 variable)
  quoted("${${variable}}" value)
  string(JSON json SET "${json}" ${key} "${value}")
endforeach()
string(JSON json SET "${json}" napi ${NAPI})

# Written only when it changes, and never in place: a process may be reading it.
set(old "")
if(EXISTS "${RECORD}")
  file(READ "${RECORD}" old)
endif()
if(NOT old STREQUAL "${json}\n")
  file(WRITE "${RECORD}.new" "${json}\n")
  file(RENAME "${RECORD}.new" "${RECORD}")
endif()
