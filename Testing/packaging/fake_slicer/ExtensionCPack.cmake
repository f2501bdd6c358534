foreach(_name EXTENSION_NAME Slicer_REVISION Slicer_OS Slicer_ARCHITECTURE)
  if("${${_name}}" STREQUAL "")
    message(FATAL_ERROR "${_name} is either NOT defined or empty.")
  endif()
endforeach()
if(NOT "${EXTENSION_NAME}" STREQUAL "${PROJECT_NAME}")
  message(FATAL_ERROR "the extension's name ${EXTENSION_NAME} is not the project's, ${PROJECT_NAME}")
endif()
foreach(_name EXTENSION_README_FILE EXTENSION_LICENSE_FILE)
  if(NOT EXISTS "${${_name}}")
    message(FATAL_ERROR "${_name} points to an inexistent file: ${${_name}}")
  endif()
endforeach()

# Slicer hands these on without quotes.
foreach(_name HOMEPAGE CATEGORY CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS STATUS)
  if("${EXTENSION_${_name}}" MATCHES ";")
    message(FATAL_ERROR "EXTENSION_${_name} has a semicolon, which cuts it in two: ${EXTENSION_${_name}}")
  endif()
endforeach()

# What Slicer writes into <name>.s4ext and shows in its Extensions Manager.
set(_description "")
foreach(_name HOMEPAGE CATEGORY CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS STATUS DEPENDS BUILD_SUBDIRECTORY ENABLED
        LICENSE_FILE README_FILE)
  string(APPEND _description "${_name} ${EXTENSION_${_name}}\n")
endforeach()
file(WRITE "${CMAKE_BINARY_DIR}/${EXTENSION_NAME}.s4ext" "${_description}")
install(FILES "${CMAKE_BINARY_DIR}/${EXTENSION_NAME}.s4ext"
  DESTINATION "${Slicer_INSTALL_ROOT}${Slicer_SHARE_DIR}" COMPONENT RuntimeLibraries)

set(CPACK_GENERATOR "TGZ")
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_PACKAGE_DESCRIPTION_FILE "${EXTENSION_README_FILE}")
set(CPACK_RESOURCE_FILE_LICENSE "${EXTENSION_LICENSE_FILE}")
set(CPACK_PACKAGE_FILE_NAME "${Slicer_REVISION}-${Slicer_OS}-${Slicer_ARCHITECTURE}-${EXTENSION_NAME}")
include(CPack)
