#include <algorithm>
#include <bit>
#include <cstring>

#include "sources/audit/record.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace egressc::sources {
namespace {

constexpr char enriched_separator = '\x1d';  // AUDIT_INTERP_SEPARATOR in audit-userspace's libaudit.h

// The bytes of a name, the first one lowest: names of up to eight bytes compare as one number.
constexpr std::uint64_t packed(std::string_view name) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < name.size(); ++i)
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(name[i])) << (8 * i);
  return word;
}

Key key_named(std::uint64_t name) {
  // As they stand in Key; what is not among them is Key::none.
  static constexpr std::uint64_t names[] = {
      packed("uring_op"), packed("arch"),  packed("syscall"), packed("exit"), packed("a0"),  packed("a1"),
      packed("a2"),       packed("a3"),    packed("pid"),     packed("auid"), packed("uid"), packed("gid"),
      packed("fsuid"),    packed("fsgid"), packed("ses"),     packed("comm"), packed("exe"), packed("dst"),
      packed("dst6"),     packed("port"),  packed("proto")};
  static_assert(std::size(names) == static_cast<std::size_t>(Key::none));
  if (name == packed("dport") || name == packed("dst_port")) return Key::port;
  return static_cast<Key>(std::find(std::begin(names), std::end(names), name) - std::begin(names));
}

// Eight bytes at a time where they are stored lowest first. 0x80 in every byte of `word` that equals `c`, up to and
// including the first such byte; above it there may be false ones.
constexpr std::uint64_t ones = 0x0101010101010101;
constexpr std::uint64_t matches(std::uint64_t word, char c) {
  const std::uint64_t difference = word ^ (ones * static_cast<unsigned char>(c));
  return (difference - ones) & ~difference & (ones << 7);
}

const char* find_blank(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto blanks = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '))));
    if (blanks != 0) return at + std::countr_zero(blanks);
  }
#endif
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      if (const std::uint64_t found = matches(word, ' ')) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && *at != ' ') ++at;
  return at;
}

// The fields of SYSCALL up to its paths, as the kernel writes them (kernel/auditsc.c: audit_log_exit(),
// audit_log_task_info()). Key::none: passed over.
struct UsualField {
  constexpr UsualField(std::string_view text, Key field_key) : name(packed(text)), size(text.size()), key(field_key) {}
  std::uint64_t name;  // with its "="
  std::size_t size;
  Key key;
};
constexpr UsualField usual_fields[] = {
    {"arch=", Key::arch},   {"syscall=", Key::syscall}, {"success=", Key::none}, {"exit=", Key::exit},
    {"a0=", Key::a0},       {"a1=", Key::a1},           {"a2=", Key::a2},        {"a3=", Key::a3},
    {"items=", Key::none},  {"ppid=", Key::none},       {"pid=", Key::pid},      {"auid=", Key::auid},
    {"uid=", Key::uid},     {"gid=", Key::gid},         {"euid=", Key::none},    {"suid=", Key::none},
    {"fsuid=", Key::fsuid}, {"egid=", Key::none},       {"sgid=", Key::none},    {"fsgid=", Key::fsgid},
    {"tty=", Key::none},    {"ses=", Key::ses},
};

struct FieldName {
  std::uint64_t packed = 0;   // 0: longer than any name that is looked for
  const char* end = nullptr;  // at "=" or a blank, or the end of the text
};

FieldName take_name(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    if (end - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      if (const std::uint64_t found = matches(word, '=') | matches(word, ' ')) {
        const int size = std::countr_zero(found) / 8;
        return {word & ~(~std::uint64_t{0} << (8 * size)), at + size};
      }
    }
  }
  const char* const start = at;
  while (at != end && *at != '=' && *at != ' ') ++at;
  const auto size = static_cast<std::size_t>(at - start);
  return {size <= 8 ? packed({start, size}) : 0, at};
}

// Where the value that starts at `at` ends: after its closing quote or brace, or at a blank.
const char* end_of_value(const char* at, const char* end) {
  if (at == end) return at;
  const char closing = *at == '"' || *at == '\'' ? *at : *at == '{' ? '}' : '\0';
  if (closing != '\0') {
    const void* found = std::memchr(at + 1, closing, static_cast<std::size_t>(end - at) - 1);
    if (found != nullptr) return static_cast<const char*>(found) + 1;
  }
  return find_blank(at, end);
}

#ifdef __SSE2__
// A name of up to eight bytes and a bare value that end within 16 bytes: most fields, taken in one step.
struct ShortField {
  std::uint64_t name = 0;
  std::uint32_t name_size = 0;
  std::uint32_t value_size = 0;
};

bool take_short(const char* at, const char* end, ShortField& field) {
  if (end - at < 16) return false;
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto equals = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('='))));
  const auto blanks = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '))));
  const unsigned size = static_cast<unsigned>(std::countr_zero(equals | blanks));
  if (size == 0 || size > 8 || (equals >> size & 1) == 0) return false;
  const unsigned after = blanks >> (size + 1);
  if (after == 0) return false;
  const char first = at[size + 1];
  if (first == '"' || first == '\'' || first == '{') return false;
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  field.name = word & (~std::uint64_t{0} >> (64 - 8 * size));
  field.name_size = size;
  field.value_size = static_cast<std::uint32_t>(std::countr_zero(after));
  return true;
}
#endif

}  // namespace

Key Fields::key_at(std::size_t position, std::uint64_t name) {
  if (position >= remembered) return key_named(name);
  if (names_[position] != name) {
    names_[position] = name;
    keys_[position] = key_named(name);
  }
  return keys_[position];
}

std::string_view Fields::put(Key key, std::string_view value, Writer writer, Key& last) {
  if (key == Key::none) return {};
  std::string_view& slot = values_[static_cast<std::size_t>(key)];
  if (slot.data() != nullptr) return "record with a field given twice";
  if (key < last && writer != Writer::dispatcher) return "record with fields in an order that is not the kernel's";
  slot = value;
  last = key;
  return {};
}

// Takes fields for as long as each is the one that is expected there. None of their values is quoted.
const char* Fields::read_usual(const char* at, const char* end, Key& last) {
  if constexpr (std::endian::native != std::endian::little) return at;
  for (const UsualField& field : usual_fields) {
    if (end - at < 16) return at;
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if (((word ^ field.name) << (64 - 8 * field.size)) != 0) return at;
    const char* const value = at + field.size;
    if (*value == '"' || *value == '\'' || *value == '{') return at;
    const char* const blank = find_blank(value, end);
    if (blank == end) return at;
    if (field.key != Key::none) {
      values_[static_cast<std::size_t>(field.key)] = {value, static_cast<std::size_t>(blank - value)};
      last = field.key;
    }
    at = blank + 1;
  }
  return at;
}

std::string_view Fields::read(std::string_view text, Writer writer) {
  values_ = {};
  bare_words_ = false;
  std::size_t position = 0;
  Key last{};
  std::string_view wrong;
  const char* const end = text.data() + text.size();
  const char* at = writer == Writer::kernel ? read_usual(text.data(), end, last) : text.data();
  while (at != end && !(last == Key::comm && writer == Writer::ausearch)) {
#ifdef __SSE2__
    if (ShortField field; take_short(at, end, field)) {
      at += field.name_size + 1;
      wrong = put(key_at(position++, field.name), {at, field.value_size}, writer, last);
      if (!wrong.empty()) return wrong;
      at += field.value_size + 1;
      continue;
    }
#endif
    const FieldName name = take_name(at, end);
    bare_words_ |= (name.end == end || *name.end != '=') && name.end != at;
    at = name.end;
    if (at == end) break;
    if (*at++ != '=') continue;
    const char* const value = at;
    at = end_of_value(at, end);
    wrong = put(key_at(position++, name.packed), {value, static_cast<std::size_t>(at - value)}, writer, last);
    if (!wrong.empty()) return wrong;
    if (at != end && *at == ' ') ++at;
  }
  return {};
}

std::string_view raw_part(std::string_view text) {
  const void* separator = std::memchr(text.data(), enriched_separator, text.size());
  if (separator == nullptr) return text;
  return text.substr(0, static_cast<std::size_t>(static_cast<const char*>(separator) - text.data()));
}

}  // namespace egressc::sources
