// How many threads one operation may use: a property of the process, because LibTorch's setting is.
#pragma once

namespace eliq::engine {

// Physical cores that this process may use: those of its affinity mask, at most its cgroup's CPU quota rounded up;
// OMP_NUM_THREADS, where set, takes their place. Second hyperthreads do not help dense arithmetic.
int default_threads();

// A claim on the process's setting while something loads. The first claim decides the number; it becomes final when one
// claim is kept, and is forgotten when every claim was dropped (a load that failed binds nobody).
class ThreadsClaim {
 public:
  // 0: the process's setting or, if there is none yet, default_threads(). Error(kInvalidArgument) for a negative number
  // and for another number than the process's.
  explicit ThreadsClaim(int requested);
  ~ThreadsClaim();
  ThreadsClaim(const ThreadsClaim&) = delete;
  ThreadsClaim& operator=(const ThreadsClaim&) = delete;

  int number() const { return number_; }
  void keep();  // the load succeeded

 private:
  int number_ = 0;
};

// Applies the number to the calling thread: OpenMP keeps it per thread, and so every thread that runs LibTorch calls it
// once, first.
void use_threads_here(int number);

}  // namespace eliq::engine
