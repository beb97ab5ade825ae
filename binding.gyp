# node-gyp's entry. The build itself is CMake's (native/CMakeLists.txt), driven by cmake-js in a folder of its own below
# build/, because node-gyp keeps its makefiles in build/.
{
  "targets": [
    {
      "target_name": "eliq",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake_js_build",
          "inputs": ["CMakeLists.txt", "native/CMakeLists.txt"],
          # Never written: CMake alone knows what is stale, so the action always runs.
          "outputs": ["<(module_root_dir)/build/always"],
          "action": [
            "node", "<!(node -p \"require.resolve('cmake-js/bin/cmake-js')\")", "build",
            "--directory", "<(module_root_dir)",
            "--out", "<(module_root_dir)/build/cmake",
            "--parallel", "<!(node -p \"require('os').availableParallelism()\")",
            "--CDELIQ_OUTPUT_DIRECTORY=<(module_root_dir)/build/Release",
          ],
        },
      ],
    },
  ],
}
