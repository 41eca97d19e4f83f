#include <doctest/doctest.h>

#include "deploy/state.h"

using namespace egressc;
using namespace egressc::deploy;

namespace {

const std::string hash(64, 'a');
constexpr Micros some_time = 1'764'208'800 * second;  // 2025-11-27T02:00:00Z

bool same(const StateRecord& a, const StateRecord& b) {
  return a.kind == b.kind && a.time == b.time && a.comment == b.comment && a.file == b.file && a.body == b.body;
}

}  // namespace

TEST_CASE("what is written is read again") {
  const StateRecord rows[] = {
      {},
      {RecordKind::nothing, some_time, "", "", ""},
      {RecordKind::policy, some_time, "egressc 0.1.0 policy sha256 " + hash, "/etc/egressc/policy.yaml",
       "egressc: 1\n"},
      {RecordKind::policy, no_time, "c", "/a b: c", "no line end"},
      {RecordKind::ruleset, some_time, "", "", "table inet egressc {\n}\n"},
      {RecordKind::ruleset, 0, "x", "", "\n\nkind: nothing\n\0\xff"},
  };
  for (const StateRecord& row : rows) {
    const std::string text = write_record(row);
    CAPTURE(text);
    const auto read = read_record(text);
    REQUIRE(read);
    CHECK(same(*read, row));
    CHECK(write_record(*read) == text);
  }
}

TEST_CASE("a field stays one line, whatever is in it") {
  const StateRecord record{RecordKind::ruleset, some_time, "a\nkind: policy\x1b[2J", "/tmp/\n\nx\xc3\xa4", "body"};
  const auto read = read_record(write_record(record));
  REQUIRE(read);
  CHECK(read->kind == RecordKind::ruleset);
  CHECK(read->comment == "a\\x0akind: policy\\x1b[2J");
  CHECK(read->file == "/tmp/\\x0a\\x0ax\\xc3\\xa4");
  CHECK(read->body == "body");
  CHECK(same(*read_record(write_record(*read)), *read));
}

TEST_CASE("a record that was cut off is none") {
  const std::string head = write_record({RecordKind::policy, some_time, "comment", "/file", ""});
  CHECK(read_record(head));
  for (std::size_t size = 0; size < head.size(); ++size) CHECK_FALSE(read_record(head.substr(0, size)));
}

TEST_CASE("what is no record is refused") {
  const std::string_view rows[] = {
      "garbage",
      "egressc record 2\nkind: policy\ntime: unknown\ntable: \nfile: \n\n",
      "egressc record 1\nkind: Policy\ntime: unknown\ntable: \nfile: \n\n",
      "egressc record 1\nkind: \ntime: unknown\ntable: \nfile: \n\n",
      "egressc record 1\nkind: policy\ntime: \ntable: \nfile: \n\n",
      "egressc record 1\nkind: policy\ntime: 2025-13-01T00:00:00Z\ntable: \nfile: \n\n",
      "egressc record 1\nkind: policy\ntable: \ntime: unknown\nfile: \n\n",
      "egressc record 1\nkind: policy\ntime: unknown\ntable: \nfile: \nbody",
      "\negressc record 1\nkind: policy\ntime: unknown\ntable: \nfile: \n\n",
      "egressc record 1\r\nkind: policy\r\ntime: unknown\r\ntable: \r\nfile: \r\n\r\n",
  };
  for (const std::string_view text : rows) CHECK_FALSE_MESSAGE(read_record(text), text);
}

TEST_CASE("the hash in a table's comment") {
  const std::pair<std::string, std::string> rows[] = {
      {"egressc 0.1.0 policy sha256 " + hash, "sha256:" + hash},
      {"egressc 0.1.0 policy sha256 " + hash + "0", ""},
      {"egressc 0.1.0 policy sha256 " + hash.substr(1), ""},
      {"egressc 0.1.0 policy sha256 " + hash.substr(1) + "A", ""},
      {"egressc 0.1.0 policy sha256 " + hash.substr(1) + "g", ""},
      {"Egressc 0.1.0 policy sha256 " + hash, ""},
      {"other 0.1.0 policy sha256 " + hash, ""},
      {"egressc warm-up", ""},
      {"", ""},
  };
  for (const auto& [comment, wanted] : rows) CHECK(hash_in(comment) == wanted);
}

TEST_CASE("a record in words") {
  const std::string comment = "egressc 0.1.0 policy sha256 " + hash;
  CHECK(describe({RecordKind::policy, some_time, comment, "/p.yaml", "x"}) ==
        "/p.yaml (sha256:aaaaaaaaaaaa, applied 2025-11-27T02:00:00Z)");
  CHECK(describe({RecordKind::policy, no_time, comment, "", "x"}) == "a policy (sha256:aaaaaaaaaaaa)");
  CHECK(describe({RecordKind::policy, no_time, comment, "/\x1b", "x"}) == "/\\x1b (sha256:aaaaaaaaaaaa)");
  CHECK(describe({RecordKind::nothing, no_time, "", "", ""}) == "no table");
  CHECK(describe({RecordKind::nothing, some_time, "", "", ""}) == "no table, removed 2025-11-27T02:00:00Z");
  CHECK(describe({RecordKind::ruleset, some_time, "", "", "x"}) == "a table that egressc did not apply");
}
