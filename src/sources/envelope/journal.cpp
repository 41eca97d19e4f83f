#include "model/words/text.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/json.h"

namespace egressc::sources {
namespace {

constexpr std::array<std::string_view, 5> journal_fields = {"__REALTIME_TIMESTAMP", "_TRANSPORT", "_COMM",
                                                            "SYSLOG_IDENTIFIER", "MESSAGE"};

Micros parse_realtime(std::string_view text) {
  const auto at = take_number<Micros>(text);
  return at && *at >= 0 && *at < seconds_of_year_10000 * second ? *at : no_time;
}

// Keeps the wanted strings of the outermost object.
class EntryHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, EntryHandler> {
 public:
  explicit EntryHandler(Envelope& entry) : entry_(entry) {}

  bool Default() {
    field_ = none;
    return depth_ != 0;
  }
  bool StartObject() { return enter(); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() { return depth_ != 0 && enter(); }
  bool EndArray(rapidjson::SizeType) { return leave(); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    field_ = none;
    if (depth_ != 1) return true;
    const std::string_view key(text, size);
    for (std::size_t i = 0; i < journal_fields.size(); ++i) {
      if (key != journal_fields[i]) continue;
      if (seen_[i]) return false;
      seen_[i] = true;
      field_ = i;
    }
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    if (field_ == 0)
      entry_.at = parse_realtime(value);
    else if (field_ != none)
      *texts_[field_ - 1] = value;
    return Default();
  }

 private:
  static constexpr std::size_t none = journal_fields.size();

  bool enter() {
    field_ = none;
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  Envelope& entry_;
  std::array<std::string_view*, none - 1> texts_ = {&entry_.transport, &entry_.command, &entry_.program,
                                                    &entry_.message};
  std::array<bool, none> seen_{};
  std::size_t field_ = none;
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<Envelope> JournalReader::read(std::string_view line) {
  Envelope entry;
  EntryHandler handler(entry);
  if (!read_json(line, buffer_, handler)) return std::nullopt;
  return entry;
}

void JournalExport::field(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == line.npos) return;
  const std::string_view name = line.substr(0, equals);
  const std::string_view value = line.substr(equals + 1);
  if (name == journal_fields[0]) at_ = parse_realtime(value);
  std::string* const texts[] = {&transport_, &command_, &program_, &message_};
  for (std::size_t i = 1; i < journal_fields.size(); ++i)
    if (name == journal_fields[i]) texts[i - 1]->assign(value);
}

}  // namespace egressc::sources
