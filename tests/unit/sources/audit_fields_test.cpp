#include <doctest/doctest.h>

#include <string>

#include "sources/audit/record.h"

using namespace egressc::sources;

namespace {

// All that is taken of a record's fields, or why none is.
std::string taken(const std::string& text) {
  Fields fields;
  std::string result(fields.read(text, Writer::kernel));
  for (std::size_t key = 0; key < static_cast<std::size_t>(Key::none); ++key)
    if (fields.has(static_cast<Key>(key)))
      result += std::to_string(key) + "=" + std::string(fields[static_cast<Key>(key)]) + " ";
  return result + (fields.has_bare_words() ? "with bare words" : "");
}

}  // namespace

TEST_CASE("fields where the kernel puts them are those found by their names") {
  const std::string records[] = {
      "arch=c000003e syscall=42 success=no exit=-115 a0=5 a1=7ffc37df1710 a2=10 a3=0 items=0 ppid=13341 pid=13414 "
      "auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=1001 egid=0 sgid=0 fsgid=100 tty=(none) ses=4294967295 "
      "comm=\"curl\" exe=\"/usr/bin/curl\" subj=unconfined key=\"egress\"",
      "arch=40000003 syscall=102 per=8 success=yes exit=0 a0=3 a1=bf a2=1 a3=0 items=0 ppid=1 pid=2 auid=0 uid=0 gid=0 "
      "euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=1 comm=6120623D exe=(null) key=(null)",
  };
  // An unknown word in front: no field stands where it is expected.
  const auto agree = [](const std::string& text) {
    const std::string usual = taken(text);
    const std::string any = taken("x=1 " + text);
    if (usual != any) FAIL_CHECK(text << "\n" << usual << "\n" << any);
  };
  CHECK(taken(records[0]) ==
        "1=c000003e 2=42 3=-115 4=5 5=7ffc37df1710 6=10 7=0 8=13414 9=4294967295 10=0 11=0 12=1001 13=100 "
        "14=4294967295 15=\"curl\" 16=\"/usr/bin/curl\" ");
  for (const std::string& record : records) {
    agree(record);
    for (std::size_t at = 0; at < record.size(); ++at) {
      agree(record.substr(0, at));
      agree(record.substr(0, at) + record.substr(at + 1));
      for (const char c : {' ', '0', 'a', '=', '"', '\'', '{', '}', '\x1d', '\0', '\x80'}) {
        std::string changed = record;
        changed[at] = c;
        agree(changed);
        agree(record.substr(0, at) + c + record.substr(at));
      }
    }
  }
}
