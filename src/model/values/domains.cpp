#include "model/values/domains.h"

#include <libpsl.h>

#include <unordered_map>
#include <vector>

#include "model/words/text.h"

namespace egressc::model {
namespace {

struct ProviderGroup {
  Sharing sharing;
  std::string_view domains;  // parted by blanks
};

// What the public suffix list lacks in the version that Debian 12 builds libpsl with, and what it is not about: hosts
// that serve many parties by path. Each block names whose documentation says which names the provider uses.
constexpr ProviderGroup provider_groups[] = {
    // docs.aws.amazon.com/general/latest/gr/s3.html, .../apigateway.html, .../lambda-urls.html, .../elb.html
    {Sharing::store,
     "s3.amazonaws.com s3.*.amazonaws.com s3.dualstack.*.amazonaws.com s3-accelerate.amazonaws.com "
     "s3-accelerate.dualstack.amazonaws.com s3-accesspoint.*.amazonaws.com s3-website.*.amazonaws.com "
     "s3-website-us-east-1.amazonaws.com s3-website-us-west-1.amazonaws.com s3-website-us-west-2.amazonaws.com "
     "s3-website-eu-west-1.amazonaws.com s3-us-west-1.amazonaws.com s3-us-west-2.amazonaws.com "
     "s3-eu-west-1.amazonaws.com s3.*.amazonaws.com.cn"},
    {Sharing::customers,
     "execute-api.*.amazonaws.com elb.*.amazonaws.com *.elb.amazonaws.com compute.amazonaws.com "
     "compute-1.amazonaws.com sqs.*.amazonaws.com lambda-url.*.on.aws amplifyapp.com awsapprunner.com "
     "elasticbeanstalk.com"},
    {Sharing::delivery, "cloudfront.net"},
    // learn.microsoft.com/azure/storage/common/storage-account-overview, .../app-service, .../frontdoor
    {Sharing::store,
     "blob.core.windows.net dfs.core.windows.net file.core.windows.net queue.core.windows.net table.core.windows.net "
     "web.core.windows.net blob.storage.azure.net"},
    {Sharing::customers,
     "azurewebsites.net azurestaticapps.net azurecontainerapps.io cloudapp.net cloudapp.azure.com azure-api.net "
     "servicebus.windows.net"},
    {Sharing::delivery, "azureedge.net azurefd.net trafficmanager.net"},
    {Sharing::tunnel, "devtunnels.ms"},
    // cloud.google.com/storage/docs/request-endpoints, cloud.google.com/run, firebase.google.com/docs/hosting
    {Sharing::store,
     "storage.googleapis.com storage.cloud.google.com firebasestorage.googleapis.com firebasestorage.app "
     "firebaseio.com firebasedatabase.app"},
    {Sharing::customers,
     "appspot.com cloudfunctions.net run.app web.app firebaseapp.com googleusercontent.com script.google.com"},
    // developers.cloudflare.com: workers, pages, r2, cloudflare-one/connections/connect-networks
    {Sharing::customers, "workers.dev pages.dev"},
    {Sharing::store, "r2.dev r2.cloudflarestorage.com"},
    {Sharing::tunnel, "trycloudflare.com cfargotunnel.com"},
    // docs.digitalocean.com/products/spaces, backblaze.com/docs, docs.wasabi.com, docs.oracle.com (object storage),
    // scaleway.com/docs, docs.hetzner.com/storage/object-storage, techdocs.akamai.com/cloud-computing, docs.ovh.com,
    // alibabacloud.com/help/oss, cloud.tencent.com (cos)
    {Sharing::store,
     "digitaloceanspaces.com backblazeb2.com wasabisys.com objectstorage.*.oraclecloud.com "
     "compat.objectstorage.*.oraclecloud.com s3.*.scw.cloud your-objectstorage.com linodeobjects.com "
     "vultrobjects.com s3.*.io.cloud.ovh.net"},
    {Sharing::customers, "ondigitalocean.app aliyuncs.com myqcloud.com"},
    // The platforms' own documentation of the names that they give to customers.
    {Sharing::customers,
     "github.io githubusercontent.com gitlab.io vercel.app now.sh netlify.app herokuapp.com fly.dev onrender.com "
     "up.railway.app deno.dev glitch.me repl.co replit.app replit.dev surge.sh supabase.co hf.space streamlit.app "
     "pythonanywhere.com myshopify.com"},
    {Sharing::tunnel, "app.github.dev"},
    // Delivery networks: docs.fastly.com, techdocs.akamai.com, bunny.net/docs
    {Sharing::delivery,
     "fastly.net fastlylb.net akamaized.net akamaiedge.net edgekey.net edgesuite.net b-cdn.net jsdelivr.net"},
    // Tunnels: ngrok.com/docs, localtunnel.me, localhost.run/docs, serveo.net, pinggy.io/docs, tailscale.com/kb/1223
    {Sharing::tunnel,
     "ngrok.io ngrok.app ngrok.dev ngrok.com ngrok-free.app ngrok-free.dev localtunnel.me loca.lt localhost.run "
     "lhr.life serveo.net pinggy.io pinggy.link bore.pub pagekite.me ts.net"},
    // Paste sites, file drops and webhook catchers: their own front pages; MITRE ATT&CK T1567.002, T1567.003, T1567.004
    {Sharing::drop,
     "pastebin.com paste.ee paste.rs dpaste.com dpaste.org hastebin.com ix.io sprunge.us termbin.com rentry.co "
     "0x0.st transfer.sh file.io gofile.io catbox.moe temp.sh bashupload.com oshi.at tmpfiles.org mega.nz "
     "webhook.site requestbin.com requestbin.net requestcatcher.com pipedream.com m.pipedream.net hookbin.com "
     "beeceptor.com hookdeck.com smee.io ntfy.sh canarytokens.com interact.sh oast.fun oast.live oast.me oast.online "
     "oast.pro oast.site oastify.com burpcollaborator.net dnslog.cn"},
    // Names that spell their address: nip.io, sslip.io, their own front pages
    {Sharing::mirror, "nip.io sslip.io xip.io traefik.me 1u.ms rbndr.us"},
};

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

std::span<const Provider> providers() {
  static const auto all = [] {
    std::vector<Provider> made;
    for (auto [sharing, domains] : provider_groups)
      while (!domains.empty()) made.push_back({take_word(domains), sharing});
    return made;
  }();
  return all;
}

}  // namespace egressc::model

namespace egressc {

std::string_view describe(Sharing sharing) {
  constexpr std::string_view words[] = {"a registry's suffix",
                                        "a platform of many customers",
                                        "an object store",
                                        "a content delivery network",
                                        "a tunnel service",
                                        "a service that takes anybody's data",
                                        "a zone whose names spell their own address"};
  return words[static_cast<std::size_t>(sharing)];
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
