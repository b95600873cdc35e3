using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Remote.Transport.DotNetty;
using Csp.Actors.Runs;

namespace Csp.Actors.Hosting;

/// <summary>Both sides of every connection show a certificate of one private authority; nobody else gets in.</summary>
internal static class MutualTls
{
    /// <exception cref="RunFolderException">A certificate file is missing or cannot be read.</exception>
    public static DotNettySslSetup SetupOf(TlsSettings tls)
    {
        X509Certificate2 own, authority;
        try
        {
            string? password = tls.PasswordFile is string file ? File.ReadLines(file).FirstOrDefault() : null;
            own = X509CertificateLoader.LoadPkcs12FromFile(tls.Certificate, password);
            authority = X509CertificateLoader.LoadCertificateFromFile(tls.Authority);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new RunFolderException($"the certificates of the cluster cannot be read ({tls.Certificate}, {tls.Authority}): {e.Message}", e);
        }
        return new DotNettySslSetup(own, suppressValidation: false, requireMutualAuthentication: true, (certificate, _, _, _, _) => IsOurs(certificate, authority));
    }

    private static bool IsOurs(X509Certificate2? peer, X509Certificate2 authority)
    {
        if (peer is null)
            return false;
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(peer);
    }
}
