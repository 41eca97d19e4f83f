#include "model/values/domains.h"

#include <libpsl.h>

#include <unordered_map>

namespace egressc::model {
namespace {

// What the public suffix list lacks in the version that Debian 12 builds libpsl with, and what it is not about: hosts
// that serve many parties by path. Each block names whose documentation says which names the provider uses.
constexpr Provider table[] = {
    // docs.aws.amazon.com/general/latest/gr/s3.html, .../apigateway.html, .../lambda-urls.html, .../elb.html
    {"s3.amazonaws.com", Sharing::store},
    {"s3.*.amazonaws.com", Sharing::store},
    {"s3.dualstack.*.amazonaws.com", Sharing::store},
    {"s3-accelerate.amazonaws.com", Sharing::store},
    {"s3-accelerate.dualstack.amazonaws.com", Sharing::store},
    {"s3-accesspoint.*.amazonaws.com", Sharing::store},
    {"s3-website.*.amazonaws.com", Sharing::store},
    {"s3-website-us-east-1.amazonaws.com", Sharing::store},
    {"s3-website-us-west-1.amazonaws.com", Sharing::store},
    {"s3-website-us-west-2.amazonaws.com", Sharing::store},
    {"s3-website-eu-west-1.amazonaws.com", Sharing::store},
    {"s3-us-west-1.amazonaws.com", Sharing::store},
    {"s3-us-west-2.amazonaws.com", Sharing::store},
    {"s3-eu-west-1.amazonaws.com", Sharing::store},
    {"s3.*.amazonaws.com.cn", Sharing::store},
    {"execute-api.*.amazonaws.com", Sharing::customers},
    {"elb.*.amazonaws.com", Sharing::customers},
    {"*.elb.amazonaws.com", Sharing::customers},
    {"compute.amazonaws.com", Sharing::customers},
    {"compute-1.amazonaws.com", Sharing::customers},
    {"sqs.*.amazonaws.com", Sharing::customers},
    {"lambda-url.*.on.aws", Sharing::customers},
    {"amplifyapp.com", Sharing::customers},
    {"awsapprunner.com", Sharing::customers},
    {"elasticbeanstalk.com", Sharing::customers},
    {"cloudfront.net", Sharing::delivery},
    // learn.microsoft.com/azure/storage/common/storage-account-overview, .../app-service, .../frontdoor
    {"blob.core.windows.net", Sharing::store},
    {"dfs.core.windows.net", Sharing::store},
    {"file.core.windows.net", Sharing::store},
    {"queue.core.windows.net", Sharing::store},
    {"table.core.windows.net", Sharing::store},
    {"web.core.windows.net", Sharing::store},
    {"blob.storage.azure.net", Sharing::store},
    {"azurewebsites.net", Sharing::customers},
    {"azurestaticapps.net", Sharing::customers},
    {"azurecontainerapps.io", Sharing::customers},
    {"cloudapp.net", Sharing::customers},
    {"cloudapp.azure.com", Sharing::customers},
    {"azure-api.net", Sharing::customers},
    {"servicebus.windows.net", Sharing::customers},
    {"azureedge.net", Sharing::delivery},
    {"azurefd.net", Sharing::delivery},
    {"trafficmanager.net", Sharing::delivery},
    {"devtunnels.ms", Sharing::tunnel},
    // cloud.google.com/storage/docs/request-endpoints, cloud.google.com/run, firebase.google.com/docs/hosting
    {"storage.googleapis.com", Sharing::store},
    {"storage.cloud.google.com", Sharing::store},
    {"firebasestorage.googleapis.com", Sharing::store},
    {"firebasestorage.app", Sharing::store},
    {"firebaseio.com", Sharing::store},
    {"firebasedatabase.app", Sharing::store},
    {"appspot.com", Sharing::customers},
    {"cloudfunctions.net", Sharing::customers},
    {"run.app", Sharing::customers},
    {"web.app", Sharing::customers},
    {"firebaseapp.com", Sharing::customers},
    {"googleusercontent.com", Sharing::customers},
    {"script.google.com", Sharing::customers},
    // developers.cloudflare.com: workers, pages, r2, cloudflare-one/connections/connect-networks
    {"workers.dev", Sharing::customers},
    {"pages.dev", Sharing::customers},
    {"r2.dev", Sharing::store},
    {"r2.cloudflarestorage.com", Sharing::store},
    {"trycloudflare.com", Sharing::tunnel},
    {"cfargotunnel.com", Sharing::tunnel},
    // docs.digitalocean.com/products/spaces, backblaze.com/docs, docs.wasabi.com, docs.oracle.com (object storage),
    // scaleway.com/docs, docs.hetzner.com/storage/object-storage, techdocs.akamai.com/cloud-computing, docs.ovh.com,
    // alibabacloud.com/help/oss, cloud.tencent.com (cos)
    {"digitaloceanspaces.com", Sharing::store},
    {"ondigitalocean.app", Sharing::customers},
    {"backblazeb2.com", Sharing::store},
    {"wasabisys.com", Sharing::store},
    {"objectstorage.*.oraclecloud.com", Sharing::store},
    {"compat.objectstorage.*.oraclecloud.com", Sharing::store},
    {"s3.*.scw.cloud", Sharing::store},
    {"your-objectstorage.com", Sharing::store},
    {"linodeobjects.com", Sharing::store},
    {"vultrobjects.com", Sharing::store},
    {"s3.*.io.cloud.ovh.net", Sharing::store},
    {"aliyuncs.com", Sharing::customers},
    {"myqcloud.com", Sharing::customers},
    // The platforms' own documentation of the names that they give to customers.
    {"github.io", Sharing::customers},
    {"githubusercontent.com", Sharing::customers},
    {"gitlab.io", Sharing::customers},
    {"vercel.app", Sharing::customers},
    {"now.sh", Sharing::customers},
    {"netlify.app", Sharing::customers},
    {"herokuapp.com", Sharing::customers},
    {"fly.dev", Sharing::customers},
    {"onrender.com", Sharing::customers},
    {"up.railway.app", Sharing::customers},
    {"deno.dev", Sharing::customers},
    {"glitch.me", Sharing::customers},
    {"repl.co", Sharing::customers},
    {"replit.app", Sharing::customers},
    {"replit.dev", Sharing::customers},
    {"surge.sh", Sharing::customers},
    {"supabase.co", Sharing::customers},
    {"hf.space", Sharing::customers},
    {"streamlit.app", Sharing::customers},
    {"pythonanywhere.com", Sharing::customers},
    {"myshopify.com", Sharing::customers},
    {"app.github.dev", Sharing::tunnel},
    // Delivery networks: docs.fastly.com, techdocs.akamai.com, bunny.net/docs
    {"fastly.net", Sharing::delivery},
    {"fastlylb.net", Sharing::delivery},
    {"akamaized.net", Sharing::delivery},
    {"akamaiedge.net", Sharing::delivery},
    {"edgekey.net", Sharing::delivery},
    {"edgesuite.net", Sharing::delivery},
    {"b-cdn.net", Sharing::delivery},
    {"jsdelivr.net", Sharing::delivery},
    // Tunnels: ngrok.com/docs, localtunnel.me, localhost.run/docs, serveo.net, pinggy.io/docs, tailscale.com/kb/1223
    {"ngrok.io", Sharing::tunnel},
    {"ngrok.app", Sharing::tunnel},
    {"ngrok.dev", Sharing::tunnel},
    {"ngrok.com", Sharing::tunnel},
    {"ngrok-free.app", Sharing::tunnel},
    {"ngrok-free.dev", Sharing::tunnel},
    {"localtunnel.me", Sharing::tunnel},
    {"loca.lt", Sharing::tunnel},
    {"localhost.run", Sharing::tunnel},
    {"lhr.life", Sharing::tunnel},
    {"serveo.net", Sharing::tunnel},
    {"pinggy.io", Sharing::tunnel},
    {"pinggy.link", Sharing::tunnel},
    {"bore.pub", Sharing::tunnel},
    {"pagekite.me", Sharing::tunnel},
    {"ts.net", Sharing::tunnel},
    // Paste sites, file drops and webhook catchers: their own front pages; MITRE ATT&CK T1567.002, T1567.003, T1567.004
    {"pastebin.com", Sharing::drop},
    {"paste.ee", Sharing::drop},
    {"paste.rs", Sharing::drop},
    {"dpaste.com", Sharing::drop},
    {"dpaste.org", Sharing::drop},
    {"hastebin.com", Sharing::drop},
    {"ix.io", Sharing::drop},
    {"sprunge.us", Sharing::drop},
    {"termbin.com", Sharing::drop},
    {"rentry.co", Sharing::drop},
    {"0x0.st", Sharing::drop},
    {"transfer.sh", Sharing::drop},
    {"file.io", Sharing::drop},
    {"gofile.io", Sharing::drop},
    {"catbox.moe", Sharing::drop},
    {"temp.sh", Sharing::drop},
    {"bashupload.com", Sharing::drop},
    {"oshi.at", Sharing::drop},
    {"tmpfiles.org", Sharing::drop},
    {"mega.nz", Sharing::drop},
    {"webhook.site", Sharing::drop},
    {"requestbin.com", Sharing::drop},
    {"requestbin.net", Sharing::drop},
    {"requestcatcher.com", Sharing::drop},
    {"pipedream.com", Sharing::drop},
    {"m.pipedream.net", Sharing::drop},
    {"hookbin.com", Sharing::drop},
    {"beeceptor.com", Sharing::drop},
    {"hookdeck.com", Sharing::drop},
    {"smee.io", Sharing::drop},
    {"ntfy.sh", Sharing::drop},
    {"canarytokens.com", Sharing::drop},
    {"interact.sh", Sharing::drop},
    {"oast.fun", Sharing::drop},
    {"oast.live", Sharing::drop},
    {"oast.me", Sharing::drop},
    {"oast.online", Sharing::drop},
    {"oast.pro", Sharing::drop},
    {"oast.site", Sharing::drop},
    {"oastify.com", Sharing::drop},
    {"burpcollaborator.net", Sharing::drop},
    {"dnslog.cn", Sharing::drop},
    // Names that spell their address: nip.io, sslip.io, their own front pages
    {"nip.io", Sharing::mirror},
    {"sslip.io", Sharing::mirror},
    {"xip.io", Sharing::mirror},
    {"traefik.me", Sharing::mirror},
    {"1u.ms", Sharing::mirror},
    {"rbndr.us", Sharing::mirror},
};

}  // namespace

std::span<const Provider> providers() { return table; }

namespace {

// psl_latest() would read a file of the host, and the output would depend on it.

bool is_registry_suffix(const std::string& name) {
  return psl_is_public_suffix2(psl_builtin(), name.c_str(), PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) != 0;
}

bool is_private_suffix(const std::string& name) {
  return psl_is_public_suffix2(psl_builtin(), name.c_str(), PSL_TYPE_PRIVATE | PSL_TYPE_NO_STAR_RULE) != 0;
}

std::string_view without_star(const DomainName& name) {
  std::string_view key = name.key();
  if (name.is_wildcard()) key.remove_prefix(2);
  return key;
}

// Drops the last label and gives it out; "" at the end.
std::string_view take_last_label(std::string_view& name) {
  const std::size_t dot = name.rfind('.');
  const std::string_view label = dot == name.npos ? name : name.substr(dot + 1);
  name = name.substr(0, dot == name.npos ? 0 : dot);
  return label;
}

std::string_view last_two_labels(std::string_view name) {
  const std::size_t last = name.rfind('.');
  const std::size_t before = last == name.npos || last == 0 ? name.npos : name.rfind('.', last - 1);
  return before == name.npos ? name : name.substr(before + 1);
}

// The end of `name` that `pattern` covers; "" if it does not match.
std::string_view covered_by(std::string_view pattern, std::string_view name) {
  std::string_view rest = name;
  while (!pattern.empty()) {
    if (rest.empty()) return {};
    const std::string_view wanted = take_last_label(pattern);
    const std::string_view found = take_last_label(rest);
    if (wanted != "*" && wanted != found) return {};
  }
  return rest.empty() ? name : name.substr(rest.size() + 1);
}

// By their last two labels, which no pattern leaves open, so that a name is compared with few.
const std::unordered_multimap<std::string_view, const Provider*>& index() {
  static const auto made = [] {
    std::unordered_multimap<std::string_view, const Provider*> built;
    for (const Provider& provider : providers()) built.emplace(last_two_labels(provider.domain), &provider);
    return built;
  }();
  return made;
}

std::optional<SharedDomain> suffix_of(std::string_view name) {
  for (;;) {
    const std::string suffix(name);
    if (is_private_suffix(suffix)) return SharedDomain{suffix, Sharing::customers};
    if (is_registry_suffix(suffix)) return SharedDomain{suffix, Sharing::registry};
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return std::nullopt;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

}  // namespace egressc::model

namespace egressc {

std::string_view describe(Sharing sharing) {
  switch (sharing) {
    case Sharing::registry:
      return "a registry's suffix";
    case Sharing::customers:
      return "a platform of many customers";
    case Sharing::store:
      return "an object store";
    case Sharing::delivery:
      return "a content delivery network";
    case Sharing::tunnel:
      return "a tunnel service";
    case Sharing::drop:
      return "a service that takes anybody's data";
    case Sharing::mirror:
      return "a zone whose names spell their own address";
  }
  return {};
}

std::optional<SharedDomain> shared_domain_of(const DomainName& name) {
  using namespace model;
  const std::string_view key = without_star(name);
  std::string_view longest;
  Sharing sharing = Sharing::registry;
  const auto [first, last] = index().equal_range(last_two_labels(key));
  for (auto row = first; row != last; ++row) {
    const std::string_view covered = covered_by(row->second->domain, key);
    if (covered.size() <= longest.size()) continue;
    longest = covered;
    sharing = row->second->sharing;
  }
  if (!longest.empty()) return SharedDomain{std::string(longest), sharing};
  return suffix_of(key);
}

std::optional<SharedDomain> shared_domain_below(const DomainName& name) {
  using namespace model;
  if (!name.is_wildcard()) return std::nullopt;
  const std::string_view key = without_star(name);
  for (const Provider& provider : providers()) {
    if (provider.domain.size() <= key.size() + 1 || !provider.domain.ends_with(key)) continue;
    if (provider.domain[provider.domain.size() - key.size() - 1] == '.')
      return SharedDomain{std::string(provider.domain), provider.sharing};
  }
  return std::nullopt;
}

}  // namespace egressc
