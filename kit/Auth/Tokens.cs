namespace Hdms.Kit.Auth;

/// <summary>What HDMS's tokens say of themselves. The names are logical, so that they survive a change of address.</summary>
public static class Tokens
{
    public const string Audience = "urn:hdms";

    /// <summary>Issuer of people's and service accounts' tokens: ES256, 15 minutes.</summary>
    public const string Issuer = "urn:hdms:users";

    /// <summary>Issuer of tokens between services: HS256 under <c>service_key</c>, which only services have.</summary>
    public const string ServiceIssuer = "urn:hdms:services";

    /// <summary>How long an access token is valid (DOMAIN.md section 6).</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromMinutes(15);
}
