# slicerMacroBuildScriptedModule, and ctkMacroCompilePythonScript behind it: every listed file is copied into the build
# tree under the path it was listed with (and compiled, which is left out here); then the folder of scripted modules of the
# build tree is installed.

macro(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(_module "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(_module_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "slicerMacroBuildScriptedModule does not know: ${_module_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT DEFINED _module_NAME)
    message(FATAL_ERROR "slicerMacroBuildScriptedModule needs a NAME")
  endif()
  if("${_module_SCRIPTS}" STREQUAL "")
    # The translation macro stops on an empty list.
    message(FATAL_ERROR "slicerMacroBuildScriptedModule(${_module_NAME}) needs SCRIPTS")
  endif()

  set(_copied)
  set(_folder "${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")
  foreach(_kind SCRIPTS RESOURCES)
    foreach(_file IN LISTS _module_${_kind})
      if(IS_ABSOLUTE "${_file}")
        message(FATAL_ERROR "${_file} is absolute: its place in the package would be unclear")
      endif()
      get_filename_component(_ending "${_file}" EXT)
      if("${_kind}" STREQUAL "SCRIPTS" AND NOT "${_ending}" MATCHES "py")
        set(_file "${_file}.py")
      endif()
      if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${_file}")
        message(FATAL_ERROR "slicerMacroBuildScriptedModule(${_kind}) given nonexistent file or directory '${_file}'")
      endif()
      add_custom_command(
        OUTPUT "${_folder}/${_file}"
        COMMAND ${CMAKE_COMMAND} -E copy "${CMAKE_CURRENT_SOURCE_DIR}/${_file}" "${_folder}/${_file}"
        DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${_file}"
        )
      list(APPEND _copied "${_folder}/${_file}")
    endforeach()
  endforeach()
  # A second module of the same name stops here, as in Slicer.
  add_custom_target(Copy${_module_NAME}PythonFiles ALL DEPENDS ${_copied})

  # NO_INSTALL_SUBDIR: what is inside the folder, not the folder itself.
  install(DIRECTORY "${_folder}/"
    DESTINATION "${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}" COMPONENT RuntimeLibraries
    USE_SOURCE_PERMISSIONS
    )

  if(BUILD_TESTING AND _module_WITH_GENERIC_TESTS)
    add_test(NAME py_nomainwindow_qSlicer${_module_NAME}ModuleGenericTest COMMAND ${Slicer_LAUNCHER_EXECUTABLE})
  endif()
endmacro()
