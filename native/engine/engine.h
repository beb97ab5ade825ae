// An inference engine: one loaded critic, one thread that alone touches it, one queue. Engines live in a process-wide
// registry, reference-counted by handles, so that worker_threads that load the same model share one. No Node types here.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/error.h"

namespace eliq::engine {

struct EngineKey {
  std::string directory;  // canonical path of the model directory
  std::string device;     // "cpu" (others: Error(kDeviceUnavailable))
};

struct Request {
  std::vector<uint8_t> pixels;  // RGB, width * height * 3; our own copy
  int64_t width = 0;
  int64_t height = 0;
  bool embedding = false;
  bool explain = false;
};

struct Explanation {
  int64_t grid_height, grid_width;
  int64_t input_height, input_width;      // pixels that the grid covers (after resizing the image to the input size)
  std::vector<std::string> level_names;
  std::vector<int64_t> level_strides;
  std::vector<float> gates;               // [L, gh, gw]
  std::vector<float> attention;           // [K_q, gh, gw], each map sums to 1
};

struct Response {
  double quality, technical, aesthetic;  // raw
  std::optional<double> alignment;
  std::vector<float> embedding;
  std::optional<Explanation> explanation;
};

using Result = std::variant<Response, Error>;

// Shared between caller and engine; set from any thread. A request that has not started is answered with kAborted at once
// when its turn comes; one that runs is checked between stages.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

class Engine;

class EngineHandle {  // movable; its destruction releases the registry's reference
 public:
  // Blocks while loading; call it off the JavaScript thread. threads: 0 = the process's setting or its default (physical cores);
  // another number than an earlier load asked for is Error(kInvalidArgument).
  static EngineHandle acquire(const EngineKey& key, int threads);
  // `done` is called once, on the engine's thread.
  void submit(Request request, CancelFlag cancel, std::function<void(Result)> done);
  // …
};

}  // namespace eliq::engine
