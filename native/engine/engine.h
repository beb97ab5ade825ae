// An inference engine: one loaded critic, one thread that alone touches it, one queue. Engines live in a process-wide
// registry, reference-counted by handles, so that worker_threads that load the same model share one. No Node types
// here.
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
  std::vector<int32_t> text;  // token ids of the prompt; empty: none. Ignored by a model without a text side
  bool embedding = false;
  bool explain = false;
};

struct Explanation {
  int64_t grid_height, grid_width;
  int64_t input_height, input_width;  // pixels that the grid covers (after resizing the image to the input size)
  std::vector<std::string> level_names;
  std::vector<int64_t> level_strides;
  std::vector<float> gates;      // [L, gh, gw]
  std::vector<float> attention;  // [K_q, gh, gw], each map sums to 1
  std::vector<float> quality;    // [gh, gw], raw quality of each cell read alone
};

struct Response {
  double quality, technical, aesthetic;  // raw
  std::optional<double> alignment;
  std::vector<float> embedding;  // empty unless asked for
  double embedding_norm = 0;     // of the features that `embedding` is scaled from; 0 unless asked for
  std::optional<Explanation> explanation;
};

using Result = std::variant<Response, Error>;

// Shared between caller and engine; set from any thread. A request that has not started is answered with kAborted at
// once when its turn comes; one that runs is checked between stages.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// What a loaded engine says about itself.
struct EngineInfo {
  std::string device;
  int threads = 0;  // that one operation may use
  int64_t embedding_length = 0;
  int64_t queries = 0;  // quality queries: maps in Explanation::attention
};

class Engine;

// A counted reference to an engine; movable, and its destruction releases the reference. The last release answers what
// is still queued and stops the thread; it waits for that unless it happens on the engine's own thread.
class EngineHandle {
 public:
  using Ready = std::function<void(std::optional<Error>)>;

  EngineHandle();  // refers to nothing
  ~EngineHandle();
  EngineHandle(EngineHandle&&) noexcept;
  EngineHandle& operator=(EngineHandle&&) noexcept;

  // Never waits for the model: `ready` is called once, on the engine's thread, after the model was loaded there or
  // failed to load. Handles on one key share one load. threads: 0 = the process's setting or its default (physical
  // cores); another number than an earlier load asked for is Error(kInvalidArgument). Throws what needs no loading to
  // be known.
  static EngineHandle open(const EngineKey& key, int threads, Ready ready);
  // The same, blocking until the model is loaded; throws the error of a load that fails. Not for the JavaScript thread.
  static EngineHandle acquire(const EngineKey& key, int threads);

  // `done` is called once, on the engine's thread. Requests of all handles are answered in the order in which they
  // came.
  void submit(Request request, CancelFlag cancel, std::function<void(Result)> done);
  // Only after a successful load.
  const EngineInfo& info() const;

  explicit operator bool() const { return engine_ != nullptr; }
  void release();

 private:
  explicit EngineHandle(std::shared_ptr<Engine> engine);
  std::shared_ptr<Engine> engine_;
};

// Engines whose thread is alive in this process.
int engine_count();

}  // namespace eliq::engine
