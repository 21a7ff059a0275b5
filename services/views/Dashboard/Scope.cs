using Hdms.Contracts;
using Hdms.Kit.Http;

namespace Hdms.Views.Dashboard;

/// <summary>Whose tickets figures are of (DOMAIN.md section 5, analytics): all, a department's, or a person's own.</summary>
/// <param name="Sql">The condition on <c>view_tickets AS r</c>.</param>
/// <param name="Query">What the board is asked to list the same; begins with <c>&amp;</c>, unless it is empty.</param>
sealed record Scope(string Name, string Sql, string Query, Guid? Department, Guid? Person)
{
    public bool IsPersonal => Person is not null;

    public static Scope Of(Caller caller)
    {
        if (caller.IsService || caller.IsAdmin || caller.Role == Role.Moderator || caller.IsAnalyst || caller.IsCeo || caller.IsApprover || caller.Scopes.Contains(Scopes.ReadTickets))
        {
            return new Scope("all", "true", "", null, null);
        }

        return caller is { Role: Role.Assignee, DepartmentId: { } department }
            ? new Scope($"department:{department}", "r.department_id = @department", $"&department_id={department}", department, null)
            : new Scope($"person:{caller.Person}", "r.requester_id = @person", "&requester_id=me", null, caller.Person);
    }
}
