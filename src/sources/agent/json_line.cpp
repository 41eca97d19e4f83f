
#include "sources/agent/fields.h"
#include "sources/agent/record.h"
#include "sources/envelope/json.h"
#include "sources/envelope/recent.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

std::uint64_t hash_of(std::uint32_t parent, std::string_view key) {
  std::uint64_t hash = hash_step(parent, key.size());
  while (!key.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(key.size(), sizeof word);
    std::memcpy(&word, key.data(), size);
    hash = hash_step(hash, word);
    key.remove_prefix(size);
  }
  return hash;
}

constexpr std::size_t deepest = 64;
constexpr std::size_t most_fields = 256;
constexpr std::size_t most_texts = 4096;
constexpr std::size_t most_known_keys = 4096;
constexpr std::size_t most_keys = 8192;  // bounds what keys with colliding hashes cost, too

bool is_ascii(std::string_view text) {
  std::uint64_t bits = 0;
  for (; text.size() >= sizeof bits; text.remove_prefix(sizeof bits)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    bits |= word;
  }
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return (bits & 0x8080808080808080) == 0;
}

// In OpenTelemetry's {"key": "server.port", "value": {"intValue": "443"}}.
bool is_value_key(std::string_view key) {
  return key == "value" || key == "values" || key == "stringValue" || key == "intValue" || key == "doubleValue" ||
         key == "arrayValue" || key == "Value";
}

bool is_key_key(std::string_view key) { return key == "key" || key == "Key"; }

bool is_group(std::string_view path) {
  return path == "resourcelogs" || path == "resourcespans" || path == "scopelogs" || path == "scopespans" ||
         path == "instrumentationlibraryspans";
}

bool is_destination(Field field) { return field == Field::peer || field == Field::port || field == Field::url; }

}  // namespace

KeyPaths::KeyPaths(std::span<const FieldPath> mapped, Speech speech) : table_(mapped), speech_(speech) { clear(); }

void KeyPaths::clear() {
  nodes_.clear();
  nodes_.emplace_back();
  nodes_.back().node.speech = {speech_, speech_};
  slots_.assign(1024, root);
}

std::size_t KeyPaths::find_slot(Id parent, std::string_view key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(parent, key) & mask;
  for (; slots_[slot] != root; slot = (slot + 1) & mask) {
    const Stored& stored = nodes_[slots_[slot]];
    if (stored.parent == parent && stored.key == key) break;
  }
  return slot;
}

KeyPaths::Id KeyPaths::find(Id parent, Id before, std::string_view key) {
  const Id id = find_or_add(parent, key);
  nodes_[before != root ? before : parent].then[before != root] = id;
  return id;
}

KeyPaths::Id KeyPaths::find_or_add(Id parent, std::string_view key) {
  const std::size_t slot = find_slot(parent, key);
  return slots_[slot] != root ? slots_[slot] : add(parent, key, slot);
}

KeyPaths::Id KeyPaths::add(Id parent, std::string_view key, std::size_t slot) {
  const auto id = static_cast<Id>(nodes_.size());
  Stored stored;
  stored.parent = parent;
  stored.key = key;
  FieldPathText own;
  own.append(key);
  stored.path = nodes_[parent].path;
  stored.path.unwrap();
  if (!(nodes_[parent].node.spans && own.text() == "tags")) stored.path.append(key);
  const std::string_view path = stored.path.text();
  stored.node.spelling = table_.find(path);
  FieldPathText outer;
  outer.append(nodes_[parent].key);
  stored.node.speech = speech_of(own.text(), outer.text(), nodes_[parent].node.speech.within);
  stored.node.spans = path == "spans";
  stored.node.records = path == "logrecords" || (stored.node.spans && nodes_[parent].node.groups);
  stored.node.parts = !stored.node.records && (stored.node.spans || path == "data");
  stored.node.groups = is_group(path);
  stored.node.same = id;
  nodes_.push_back(std::move(stored));
  slots_[slot] = id;
  if (nodes_.size() * 2 > slots_.size()) grow();

  if (const std::string lower = to_lower(key); lower != key) {
    const Id same = find_or_add(parent, lower);
    nodes_[id].node.same = same;
  }
  return id;
}

void KeyPaths::grow() {
  slots_.assign(slots_.size() * 2, root);
  for (Id id = root + 1; id < nodes_.size(); ++id) slots_[find_slot(nodes_[id].parent, nodes_[id].key)] = id;
}

class JsonLine::Reader : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, JsonLine::Reader> {
 public:
  Reader(std::span<const FieldPath> mapped, Speech speech) : keys_(mapped, speech) {}

  JsonFault read(std::string_view line, const OnRecord& on_record);

  // What RapidJSON calls. False ends the parse.
  bool Default() { return depth_ != 0; }
  bool Bool(bool is_true) { return keep(is_true ? "true" : "false", false); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return value({text, size}, false); }
  bool String(const char* text, rapidjson::SizeType size, bool);
  bool Key(const char* text, rapidjson::SizeType size, bool);
  bool StartObject() { return enter(false); }
  bool EndObject(rapidjson::SizeType) { return leave(); }
  bool StartArray() { return depth_ != 0 && enter(true); }
  bool EndArray(rapidjson::SizeType) { return leave(); }

 private:
  struct Frame {
    KeyPaths::Id key = KeyPaths::root;   // its own
    KeyPaths::Id last = KeyPaths::root;  // the last one in it
    std::uint64_t object = 0;            // tells objects apart
    bool array = false;
    bool names = false;      // the next string is the key of an attribute
    bool attribute = false;  // an object that stands for one attribute, or within one
    // what of a record's line goes before it
    std::size_t fields = 0;
    std::size_t texts = 0;
  };

  bool enter(bool array);
  bool leave();
  bool value(std::string_view text, bool is_string) {
    note_end(text);
    return keep(text, is_string);
  }
  bool keep(std::string_view text, bool is_string);
  std::string_view rest_of(std::string_view line, const rapidjson::ParseResult& result, std::size_t read) const;
  void note_end(std::string_view text) {
    after_last_ = static_cast<std::size_t>(text.data() + text.size() - buffer_.data());
  }
  void emit() {
    (*on_record_)({fields_, texts_, 0, false, truncated_});
    truncated_ = false;
  }
  void emit_record(const Frame& frame, bool span) {
    ++records_;
    (*on_record_)({fields_, std::span(texts_).subspan(frame.texts), frame.fields, span, truncated_});
    truncated_ = false;
  }
  bool tells_destination(std::size_t from) const {
    return std::any_of(fields_.begin() + static_cast<std::ptrdiff_t>(from), fields_.end(),
                       [](const FieldValue& value) { return is_destination(value.spelling.field); });
  }

  std::string buffer_;  // RapidJSON unescapes in place
  rapidjson::Reader json_;
  const OnRecord* on_record_ = nullptr;

  std::array<Frame, deepest> frames_;
  std::size_t depth_ = 0;
  KeyPaths keys_;
  KeyPaths::Id key_ = KeyPaths::root;  // of the value that comes next
  std::uint64_t objects_ = 0;          // that were ever met
  std::vector<FieldValue> fields_;
  std::vector<SpokenText> texts_;
  std::size_t records_ = 0;
  std::size_t after_last_ = 0;  // where the last key or value ends; less after escapes
  bool duplicate_ = false;
  bool too_deep_ = false;
  bool truncated_ = false;
};

JsonFault JsonLine::Reader::read(std::string_view line, const OnRecord& on_record) {
  buffer_.assign(line);
  buffer_.append(json_padding, '\0');
  on_record_ = &on_record;
  depth_ = records_ = after_last_ = 0;
  key_ = KeyPaths::root;
  if (keys_.size() > most_known_keys) keys_.clear();
  fields_.clear();
  texts_.clear();
  duplicate_ = too_deep_ = truncated_ = false;

  // Only what is not ASCII needs to be validated, and that takes twice as long.
  constexpr unsigned flags = json_flags | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::InsituStringStream stream(buffer_.data());
  const rapidjson::ParseResult result = is_ascii(line)
                                            ? json_.Parse<flags>(stream, *this)
                                            : json_.Parse<flags | rapidjson::kParseValidateEncodingFlag>(stream, *this);

  JsonFault fault;
  // A NUL looks like the end.
  const std::size_t read = std::min(result.IsError() ? result.Offset() : stream.Tell(), line.size());
  if (too_deep_)
    fault = {"nested too deep", line.substr(read)};
  else if (result.IsError() || read != line.size())
    fault = {"invalid JSON", rest_of(line, result, read)};
  else if (duplicate_)
    fault = {"duplicate key", {}};
  if (records_ == 0 || result.IsError() || !fields_.empty() || !texts_.empty()) emit();
  return fault;
}

// A text that the line's end cuts off can be read up to its last blank; a field's value cannot.
std::string_view JsonLine::Reader::rest_of(std::string_view line, const rapidjson::ParseResult& result,
                                           std::size_t read) const {
  if (result.Code() != rapidjson::kParseErrorStringMissQuotationMark || depth_ == 0) return line.substr(read);
  const Field field = keys_[key_].spelling.field;
  if (field != Field::none && field != Field::event) return {};
  const std::string_view text = line.substr(std::min(after_last_, line.size()));
  return text.substr(0, text.rfind(' ') + 1);
}

bool JsonLine::Reader::enter(bool array) {
  if (depth_ == deepest) {
    too_deep_ = true;
    return false;
  }
  Frame frame;
  frame.array = array;
  frame.object = ++objects_;
  frame.key = key_;
  frame.attribute = depth_ != 0 && frames_[depth_ - 1].attribute;
  frame.fields = fields_.size();
  frame.texts = texts_.size();
  frames_[depth_++] = frame;
  return true;
}

bool JsonLine::Reader::leave() {
  const Frame& frame = frames_[--depth_];
  if (depth_ == 0) return true;
  const Frame& outer = frames_[depth_ - 1];
  key_ = outer.key;
  const KeyPaths::Node& key = keys_[outer.key];
  if (!outer.array || frame.array || frame.attribute) return true;
  const bool is_record = key.records || (key.parts && tells_destination(frame.fields));
  if (is_record) emit_record(frame, key.spans && key.records);
  if (is_record || key.groups) {
    fields_.resize(frame.fields);
    texts_.resize(frame.texts);
  }
  return true;
}

bool JsonLine::Reader::Key(const char* text, rapidjson::SizeType size, bool) {
  const std::string_view key(text, size);
  note_end(key);
  Frame& frame = frames_[depth_ - 1];
  if (keys_.size() > most_keys) return false;
  key_ = keys_.child(frame.key, frame.last, key);
  std::uint64_t& object = keys_[keys_[key_].same].object;
  if (object == frame.object) duplicate_ = true;
  object = frame.object;
  frame.names = frame.last == KeyPaths::root && is_key_key(key) && depth_ > 1 && frames_[depth_ - 2].array;
  frame.last = key_;
  if (frame.attribute && is_value_key(key)) key_ = frame.key;
  return true;
}

bool JsonLine::Reader::String(const char* text, rapidjson::SizeType size, bool) {
  if (depth_ == 0) return false;
  Frame& frame = frames_[depth_ - 1];
  if (!frame.names) return value({text, size}, true);
  if (keys_.size() > most_keys) return false;
  frame.key = keys_.child(frame.key, frame.last, {text, size});
  frame.last = KeyPaths::root;
  frame.names = false;
  frame.attribute = true;
  return true;
}

bool JsonLine::Reader::keep(std::string_view text, bool is_string) {
  if (depth_ == 0) return false;
  const KeyPaths::Node& key = keys_[key_];
  if (key.spelling.field != Field::none) {
    if (fields_.size() < most_fields)
      fields_.push_back({key.spelling, text});
    else
      truncated_ = true;
  } else if (is_string && key.speech.own != Speech::headers && TextScanner::may_tell(text)) {
    if (texts_.size() < most_texts)
      texts_.push_back({text, key.speech.own});
    else
      truncated_ = true;
  }
  return true;
}

JsonLine::JsonLine(std::span<const FieldPath> mapped, Speech speech)
    : reader_(std::make_unique<Reader>(mapped, speech)) {}
JsonLine::~JsonLine() = default;

JsonFault JsonLine::read(std::string_view line, const OnRecord& on_record) { return reader_->read(line, on_record); }

}  // namespace egressc::sources
