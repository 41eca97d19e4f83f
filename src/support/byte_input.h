// The bytes of a file, a pipe or standard input; gzip is decoded on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "egressc/diagnostics.h"
#include "support/descriptor.h"
#include "support/gzip.h"

namespace egressc {

class ByteInput {
 public:
  // "-" is standard input. gzip is known by its first two bytes, whatever the name.
  static Result<ByteInput> open(const std::string& path);

  // Some of the next bytes, as soon as there are any; 0 at the end. `out` must not be empty.
  Result<std::size_t> read(std::span<char> out);

  // How many bytes are still to come, if the file says so, or 0.
  std::size_t expected() const;

  // As messages call it.
  const std::string& name() const { return name_; }

 private:
  ByteInput(std::string name, Descriptor file) : name_(std::move(name)), file_(std::move(file)) {}
  Result<std::size_t> read_file(std::span<char> out);
  Result<std::size_t> read_gzip(std::span<char> out);

  std::string name_;
  Descriptor file_;
  std::string peeked_;  // what told gzip from text, not yet handed out
  std::unique_ptr<GzipDecoder> gzip_;
  std::uint64_t decoded_ = 0;
};

}  // namespace egressc
