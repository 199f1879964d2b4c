# What an installed tree needs to be found: for each library its files, a CMake component
# and a pkg-config file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(CQRS_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cqrs)
set_property(GLOBAL PROPERTY cqrs_components "")
set_property(GLOBAL PROPERTY cqrs_dependencies "")

# cqrs_package(target DESCRIPTION text [REQUIRES libraries of ours...]
#              [MODULES pkg-config modules...])
#
# The target cqrs becomes cqrs::cqrs, the target cqrs-x becomes cqrs::x and the component x.
# REQUIRES are seen by its users; MODULES are its own affair, unless it is a static library.
# pkg_check_modules() has found each under its own name.
function(cqrs_package target)
  cmake_parse_arguments(PARSE_ARGV 1 package "" "DESCRIPTION" "REQUIRES;MODULES")
  string(REGEX REPLACE "^cqrs-" "" component ${target})
  add_library(cqrs::${component} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${component}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  if(NOT CQRS_INSTALL)
    return()
  endif()

  set_property(GLOBAL APPEND PROPERTY cqrs_components ${component})
  set_property(GLOBAL APPEND_STRING PROPERTY cqrs_dependencies
    "set(cqrs_${component}_modules \"${package_MODULES}\")\n")
  install(TARGETS ${target} EXPORT ${target}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT ${target} NAMESPACE cqrs:: FILE ${target}Targets.cmake
    DESTINATION ${CQRS_CMAKE_DIR})

  # The path from the .pc file up to the prefix, so that the tree may be moved.
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" CQRS_PC_UP "${up}")
  set(CQRS_PC_NAME ${target})
  set(CQRS_PC_DESCRIPTION ${package_DESCRIPTION})
  list(TRANSFORM package_REQUIRES APPEND " = ${PROJECT_VERSION}")
  # A static library must be linked with its own libraries. They are shared ones, as a rule,
  # so it is not for --static to ask for them: that would ask for theirs as well.
  set(CQRS_PC_LIBS "-l${target}")
  if(BUILD_SHARED_LIBS)
    set(CQRS_PC_LIBS_PRIVATE "-pthread")
  else()
    list(APPEND package_REQUIRES ${package_MODULES})
    set(package_MODULES "")
    string(APPEND CQRS_PC_LIBS " -pthread")
    set(CQRS_PC_LIBS_PRIVATE "")
  endif()
  list(JOIN package_REQUIRES ", " CQRS_PC_REQUIRES)
  list(JOIN package_MODULES ", " CQRS_PC_REQUIRES_PRIVATE)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/cqrs.pc.in
    ${PROJECT_BINARY_DIR}/pkgconfig/${target}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/pkgconfig/${target}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# After the last cqrs_package().
function(cqrs_install_packages)
  if(NOT CQRS_INSTALL)
    return()
  endif()
  get_property(CQRS_COMPONENTS GLOBAL PROPERTY cqrs_components)
  get_property(CQRS_DEPENDENCIES GLOBAL PROPERTY cqrs_dependencies)
  if(BUILD_SHARED_LIBS)
    set(CQRS_STATIC OFF)
  else()
    set(CQRS_STATIC ON)
  endif()
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cqrsConfig.cmake.in
    ${PROJECT_BINARY_DIR}/cqrsConfig.cmake INSTALL_DESTINATION ${CQRS_CMAKE_DIR}
    NO_SET_AND_CHECK_MACRO)
  # While the version is 0.x, a new minor version may break what the one before promised.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/cqrsConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/cqrsConfig.cmake
    ${PROJECT_BINARY_DIR}/cqrsConfigVersion.cmake DESTINATION ${CQRS_CMAKE_DIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cqrs
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
endfunction()
