using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;

namespace Hdms.Users.People;

/// <summary>What <c>users:write</c> does not give: a service account that could make or unmake admins would be one itself.</summary>
static class Rights
{
    /// <exception cref="Refusal">403.</exception>
    public static void MustBeAllowed(Caller by, params ReadOnlySpan<Role> roles)
    {
        if (!by.IsAdmin && roles.Contains(Role.Admin))
        {
            throw Refusal.Forbidden("Only an admin may make, change or deactivate admins.");
        }
    }
}
