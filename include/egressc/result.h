// Result<T>: the environment failed (a file, a privilege, the kernel). Wrong input is not a Failure but a Diagnostic
// (diagnostics.h); a bug is an assertion.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace egressc {

// Why something outside the program did not work, in one line that names the thing: "audit.log: Permission denied".
struct Failure {
  std::string message;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Failure failure) : state_(std::move(failure)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  const T& operator*() const {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }
  const Failure& failure() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Failure> state_;
};

}  // namespace egressc
