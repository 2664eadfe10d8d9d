# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: every library rotor-NAME as CMake target rotor::NAME and as pkg-config module
# rotor-NAME, and the headers of those that were built. Nothing installed knows where it was built or where it stands.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Users of an installed library must see the limits that it was built with; of compiler flags they would learn nothing.
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
if("${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${build_type}}" MATCHES "-DROTOR_[A-Z_]+=")
  message(WARNING "limits in compiler flags are not installed with the libraries: give them as ROTOR_LIMITS")
endif()

# What pkg-config calls the libraries of others: a module, or the flags to link.
set(requires_OpenSSL::Crypto "libcrypto >= 3.0")
set(requires_PkgConfig::ROTOR_JANSSON jansson)
set(requires_PkgConfig::ROTOR_SECCOMP libseccomp)
set(libs_mbedcrypto -lmbedcrypto)

# The headers of a library are named after it, but for these.
set(headers_of_wire wire.h config.h status.h time.h cbor.h)
set(headers_of_crypto crypto.h cose.h der.h entropy.h)

# rotor_pkgconfig(NAME TARGET): the pkg-config file rotor-NAME, out of what the target says.
function(rotor_pkgconfig name target)
  set(requires)
  set(libs -l${target})
  set(cflags)
  get_target_property(below ${target} INTERFACE_LINK_LIBRARIES)
  if(NOT below)
    set(below)
  endif()
  foreach(item ${below})
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(item MATCHES "^rotor-")
      list(APPEND requires ${item})
    elseif(DEFINED requires_${item})
      list(APPEND requires "${requires_${item}}")
    elseif(DEFINED libs_${item})
      list(APPEND libs ${libs_${item}})
    elseif(NOT item MATCHES "^::@") # CMake's own note of the folder that a name was given in
      message(FATAL_ERROR "cmake/install.cmake does not know what pkg-config calls ${item}")
    endif()
  endforeach()
  get_target_property(definitions ${target} INTERFACE_COMPILE_DEFINITIONS)
  if(definitions)
    list(FILTER definitions EXCLUDE REGEX "^\\$<BUILD_INTERFACE:")
    list(TRANSFORM definitions PREPEND -D OUTPUT_VARIABLE cflags)
  endif()
  list(JOIN requires ", " requires)
  list(JOIN libs " " libs)
  list(JOIN cflags " " cflags)
  # From the file itself to the rest, so that the whole can be moved.
  set(here ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
  file(RELATIVE_PATH prefix ${here} ${CMAKE_INSTALL_PREFIX})
  file(RELATIVE_PATH includedir ${here} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  string(REGEX REPLACE "/$" "" prefix "${prefix}")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/rotor.pc.in ${PROJECT_BINARY_DIR}/pkgconfig/rotor-${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/rotor-${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

set(built)
set(targets)
foreach(name wire crypto mbedtls crypto-mbedtls crypto-openssl mctp spdm pldm boot device agent trace host-runtime host)
  set(target rotor-${name})
  if(NOT TARGET ${target} OR (ROTOR_HOST AND name STREQUAL "mbedtls")) # a host has Mbed TLS for devices for tests only
    continue()
  endif()
  list(APPEND built ${name})
  list(APPEND targets ${target})
  get_target_property(aliased ${target} ALIASED_TARGET)
  if(aliased)
    set(target ${aliased})
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT rotor ARCHIVE INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  rotor_pkgconfig(${name} ${target})
  string(REPLACE "-" "_" stem ${name})
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include/rotor
       ${PROJECT_SOURCE_DIR}/include/rotor/${stem}.h ${PROJECT_SOURCE_DIR}/include/rotor/${stem}_*.h)
  list(APPEND headers ${headers_of_${name}})
  list(TRANSFORM headers PREPEND ${PROJECT_SOURCE_DIR}/include/rotor/)
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rotor)
endforeach()
add_custom_target(libraries DEPENDS ${targets}) # all that an installation of a build without programs needs
if("mbedtls" IN_LIST built)
  install(FILES ${ROTOR_MBEDTLS_SOURCE}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.mbedtls)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/rotor)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/rotor-config.cmake.in
                              ${PROJECT_BINARY_DIR}/rotor-config.cmake
                              INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
# Before version 1, a new minor version may change anything.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rotor-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rotor-config.cmake ${PROJECT_BINARY_DIR}/rotor-config-version.cmake
        DESTINATION ${package})
install(EXPORT rotor NAMESPACE rotor:: FILE rotor-targets.cmake DESTINATION ${package})

install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
if(ROTOR_HOST)
  install(FILES packaging/wireshark/rotor.lua DESTINATION ${CMAKE_INSTALL_DATADIR}/rotor/wireshark)
endif()
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
