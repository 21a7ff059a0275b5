using System.Text.Json;
using Hdms.Contracts;
using Microsoft.Extensions.Configuration;

namespace Hdms.Web;

/// <summary>Who may be signed in as, for trying things out; empty unless <c>hdms up</c> has made the demo organisation.</summary>
/// <param name="Password">The one password of all of them.</param>
public sealed record DemoSignIns(string Password, IReadOnlyList<DemoSignIn> People)
{
    /// <summary>Its JSON is handed over by whoever made the demo organisation; nobody else sets it.</summary>
    public const string Setting = "demo_sign_ins";

    public static DemoSignIns Of(IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings[Setting] is { Length: > 0 } json ? JsonSerializer.Deserialize<DemoSignIns>(json, Json.Tolerant)! : new DemoSignIns("", []);
    }

    public string ToSetting() => JsonSerializer.Serialize(this, Json.Tolerant);
}

/// <param name="Role">In words, as <c>Head of IT</c>.</param>
public sealed record DemoSignIn(string Role, string Name, string Email);
