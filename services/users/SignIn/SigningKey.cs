using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Hdms.Users.SignIn;

/// <summary>A P-256 key that signs access tokens until it retires. A class, since a record would print it.</summary>
sealed class SigningKey
{
    public SigningKey(string kid, byte[] pkcs8, DateTimeOffset retiresAt)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
        RetiresAt = retiresAt;

        // JSON Web Keys rather than the ECDsa object, which must not be used by two requests at once.
        Private = Jwk(kid, ecdsa.ExportParameters(includePrivateParameters: true));
        Public = Jwk(kid, ecdsa.ExportParameters(includePrivateParameters: false));
    }

    public string Kid => Public.Kid;

    public DateTimeOffset RetiresAt { get; }

    public JsonWebKey Private { get; }

    public JsonWebKey Public { get; }

    /// <summary>A new key, named by its thumbprint (RFC 7638).</summary>
    public static (string Kid, byte[] Pkcs8) Make()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var kid = Base64UrlEncoder.Encode(Jwk("", ecdsa.ExportParameters(includePrivateParameters: false)).ComputeJwkThumbprint());
        return (kid, ecdsa.ExportPkcs8PrivateKey());
    }

    static JsonWebKey Jwk(string kid, ECParameters parameters) => new()
    {
        Kid = kid,
        Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve,
        Crv = JsonWebKeyECTypes.P256,
        Use = JsonWebKeyUseNames.Sig,
        Alg = SecurityAlgorithms.EcdsaSha256,
        X = Base64UrlEncoder.Encode(parameters.Q.X),
        Y = Base64UrlEncoder.Encode(parameters.Q.Y),
        D = parameters.D is null ? null : Base64UrlEncoder.Encode(parameters.D),
    };
}
