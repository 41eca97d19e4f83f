// The values of a JSON line that tell of connections, and the texts in it that may.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "egressc/sources.h"
#include "sources/agent_fields.h"

namespace egressc {

struct FieldValue {
  Spelling spelling;
  std::string_view text;  // a string unescaped, or a number as it was written
};

// The line as a whole, or one of the records that OpenTelemetry puts into a line, with what the line says of them all.
struct JsonRecord {
  std::span<const FieldValue> fields;
  std::span<const std::string_view> texts;  // strings that are no field's
};

struct JsonFault {
  std::string_view reason;  // empty where the line is valid
  std::string_view rest;    // what was not read for it, as it stands in the line
};

// Reads lines of one object each. Keys are told apart without regard to case, and one that stands twice in an object
// makes the line invalid, for readers do not agree which one counts.
class JsonLine {
 public:
  using OnRecord = std::function<void(const JsonRecord&)>;

  explicit JsonLine(std::span<const FieldPath> mapped);
  ~JsonLine();

  // Calls `on_record` for every record, also for what could be read of a line that is not valid. Its views hold until
  // the next call.
  JsonFault read(std::string_view line, const OnRecord& on_record);

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace egressc
