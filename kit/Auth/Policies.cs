namespace Hdms.Kit.Auth;

/// <summary>Names of the authorization policies that routes ask for.</summary>
public static class Policies
{
    /// <summary>A service's token, or a service account with the scope <c>feed:&lt;service&gt;</c>.</summary>
    public const string Feed = "feed";

    /// <summary>Another service of HDMS, never a person.</summary>
    public const string Service = "service";
}
