# A stand-in for the build tree of 3D Slicer, as far as an extension of scripted modules uses it: names, checks and
# installed places follow Slicer's own CMake files (Slicer 5.10 to 5.13), the words are ours. No Slicer is needed.

set(Slicer_USE_FILE "${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake")
set(Slicer_EXTENSION_GENERATE_CONFIG "${CMAKE_CURRENT_LIST_DIR}/ExtensionGenerateConfig.cmake")
set(Slicer_EXTENSION_CPACK "${CMAKE_CURRENT_LIST_DIR}/ExtensionCPack.cmake")

set(Slicer_REVISION "0")
set(Slicer_OS "linux")
set(Slicer_ARCHITECTURE "amd64")
set(Slicer_USE_PYTHONQT ON)
set(Slicer_LAUNCHER_EXECUTABLE "${CMAKE_CURRENT_LIST_DIR}/Slicer")

set(Slicer_INSTALL_ROOT "./")
set(Slicer_SHARE_DIR "share/Slicer-5.10")
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR "lib/Slicer-5.10/qt-scripted-modules")

# Without these Slicer puts its own licence and description into the package.
set(Slicer_LICENSE_FILE "${CMAKE_CURRENT_LIST_DIR}/SlicerConfig.cmake")
set(Slicer_README_FILE "${CMAKE_CURRENT_LIST_DIR}/SlicerConfig.cmake")
