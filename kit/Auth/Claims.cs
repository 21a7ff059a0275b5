namespace Hdms.Kit.Auth;

/// <summary>Names of the claims in HDMS's tokens.</summary>
public static class Claims
{
    public const string Subject = "sub";
    public const string Role = "role";
    public const string Department = "department_id";

    /// <summary>Once for each of <c>ceo</c>, <c>approver</c>, <c>analyst</c> that the person is.</summary>
    public const string Flag = "flag";
    public const string Session = "sid";

    /// <summary>The calling service's name, in tokens between services.</summary>
    public const string Service = "service";
    public const string ServiceAccount = "service_account_id";

    /// <summary>Space-separated scopes of a service account, as <c>feed:users</c>.</summary>
    public const string Scope = "scope";
}
