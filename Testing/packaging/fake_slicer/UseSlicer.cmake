if(NOT DEFINED EXTENSION_NAME)
  set(EXTENSION_NAME ${PROJECT_NAME})
endif()
set(EXTENSION_SUPERBUILD_BINARY_DIR ${CMAKE_BINARY_DIR})

# What an extension leaves out gets Slicer's default.
set(_default_DEPENDS "NA")
set(_default_BUILD_SUBDIRECTORY ".")
set(_default_ENABLED "1")
set(_default_LICENSE_FILE "${Slicer_LICENSE_FILE}")
set(_default_README_FILE "${Slicer_README_FILE}")
foreach(_name HOMEPAGE CATEGORY CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS STATUS
        DEPENDS BUILD_SUBDIRECTORY ENABLED LICENSE_FILE README_FILE)
  if(NOT DEFINED EXTENSION_${_name})
    set(EXTENSION_${_name} "${_default_${_name}}")
  endif()
endforeach()

set(Slicer_BUNDLE_EXTENSIONS_LOCATION "")
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR
  "${Slicer_INSTALL_ROOT}${Slicer_BUNDLE_EXTENSIONS_LOCATION}${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")

include(CTest)
include("${CMAKE_CURRENT_LIST_DIR}/ScriptedModule.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/PythonTesting.cmake")
