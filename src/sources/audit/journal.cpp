#include "sources/audit/journal.h"

#include <array>

#include "sources/envelope/envelope.h"
#include "sources/envelope/json.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

// Keeps the wanted strings of the outermost object.
class AuditEntryHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, AuditEntryHandler> {
 public:
  enum Field : std::size_t { transport, time, serial, host, message, field_count };
  std::array<std::string_view, field_count> texts{};

  bool Default() {
    field_ = field_count;
    return depth_ != 0;
  }
  bool StartObject() { return enter(); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() { return depth_ != 0 && enter(); }
  bool EndArray(rapidjson::SizeType) { return leave(); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    field_ = field_count;
    if (depth_ != 1) return true;
    for (std::size_t i = 0; i < field_count; ++i)
      if (names_[i] == std::string_view(text, size)) field_ = i;
    return field_ == field_count || texts[field_].data() == nullptr;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (field_ != field_count) texts[field_] = {text, size};
    return Default();
  }

 private:
  static constexpr std::array<std::string_view, field_count> names_ = {"_TRANSPORT", "_SOURCE_REALTIME_TIMESTAMP",
                                                                       "_AUDIT_ID", "_HOSTNAME", "MESSAGE"};

  bool enter() {
    field_ = field_count;
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t field_ = field_count;
  std::size_t depth_ = 0;
};

}  // namespace

Reading JournalAudit::read(std::string_view line, Record& record) {
  using Entry = AuditEntryHandler;
  Entry entry;
  if (!read_json(line, buffer_, entry) || entry.texts[Entry::transport] != "audit") return Reading::no_record;
  std::string_view text = entry.texts[Entry::message];
  record.type = type_named(take_word(text));
  if (record.type == RecordType::other) return Reading::ignored;
  Micros at = 0;
  if (!read_number(entry.texts[Entry::time], at) || at < 0 || at >= seconds_of_year_10000 * second)
    return Reading::broken;
  if (!read_number(entry.texts[Entry::serial], record.serial)) return Reading::broken;
  record.stamp_size = 0;
  record.interpreted = false;
  record.at = at;
  record.node = entry.texts[Entry::host];
  record.fields = raw_part(without_blanks(text));
  return Reading::record;
}

}  // namespace egressc::sources
