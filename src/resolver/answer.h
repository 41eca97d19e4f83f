// What c-ares says of a question, as a value.
#pragma once

#include <span>

#include "model/values/dns_answer.h"

namespace egressc::resolver {

// `status` is what ares_query(3) ends with, `message` the answer as it came, which may be anything.
DnsAnswer read_answer(int status, std::span<const unsigned char> message, Family family);

}  // namespace egressc::resolver
