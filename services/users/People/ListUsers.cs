using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class ListUsers
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/users", Handle)
        .WithName(nameof(ListUsers))
        .WithTags("Users")
        .WithSummary("Lists people; sorts by name, employee_code, role, date_joined, created_at, updated_at")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["name"] = "lower(last_name), lower(first_name)",
        ["employee_code"] = "employee_code",
        ["role"] = "role",
        ["date_joined"] = "date_joined",
        ["created_at"] = "created_at",
        ["updated_at"] = "updated_at",
    };

    /// <summary>Callers who do not see codes and addresses do not find by them either: <c>@names</c> looks again at the names alone.</summary>
    const string Where =
        $"""
        FROM users
        WHERE is_deleted = @deleted
          AND (@roles::text[] IS NULL OR role = ANY(@roles))
          AND (@DepartmentId::uuid IS NULL OR department_id = @DepartmentId)
          AND (@IsActive::bool IS NULL OR is_active = @IsActive)
          AND (@IsApprover::bool IS NULL OR is_approver = @IsApprover)
          AND (@HelpdeskAuthorized::bool IS NULL OR helpdesk_authorized = @HelpdeskAuthorized)
          AND (@words::text IS NULL OR {UserTable.Words} @@ to_tsquery('simple', @words))
          AND (@names::text IS NULL OR to_tsvector('simple', translate(first_name || ' ' || last_name, '@.-_/+', '      ')) @@ to_tsquery('simple', @names))
        """;

    static async Task<Listing<UserView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] UserFilter filter, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var sight = Sights.Of(caller);
        if (sight != Sight.Everything && (filter.IsDeleted == true || filter.HelpdeskAuthorized is not null))
        {
            throw Refusal.Forbidden("Only an admin may ask for deleted people, or by who is let in.");
        }

        if (sight == Sight.Basic && filter.IsApprover is not null)
        {
            throw Refusal.Forbidden("Only moderators, heads and admins may ask who is an approver.");
        }

        var check = new Checks();
        page.Check<UserView>(check);
        var order = page.OrderBy(check, Sorts, "name");
        var roles = Filters.Words<Role>(check, "role", filter.Role);
        check.OptionalText("q", filter.Q, 100, min: 0);
        check.Done();
        var words = Filters.Prefixes(filter.Q);
        var args = new
        {
            deleted = filter.IsDeleted ?? false,
            roles,
            filter.DepartmentId,
            filter.IsActive,
            filter.IsApprover,
            filter.HelpdeskAuthorized,
            words,
            names = sight == Sight.Basic ? words : null,
            take = page.Take(),
            skip = page.Skip(),
            count = page.CountUpTo(),
        };
        return await db.ReadAsync(async connection =>
        {
            await using var found = await connection.QueryMultipleAsync(new CommandDefinition(
                $"""
                SELECT * {Where} ORDER BY {order} LIMIT @take OFFSET @skip;
                SELECT count(*) FROM (SELECT {Where} LIMIT @count) AS counted
                """,
                args,
                cancellationToken: ct));
            var rows = await found.ReadAsync<User>();
            return new Listing<UserView>(page, [.. rows.Select(u => u.View(sight))], await found.ReadSingleAsync<long>());
        }, ct);
    }
}

/// <param name="Q">Each word of it begins a word of the name, the employee code or the e-mail address.</param>
sealed record UserFilter(
    [property: FromQuery(Name = "role"), RegularExpression("^(requester|moderator|assignee|admin)(,(requester|moderator|assignee|admin))*$"), Description("requester, moderator, assignee, admin; several separated by commas")] string? Role = null,
    [property: FromQuery(Name = "department_id")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "is_active")] bool? IsActive = null,
    [property: FromQuery(Name = "is_approver"), Description("For moderators, heads and admins")] bool? IsApprover = null,
    [property: FromQuery(Name = "helpdesk_authorized"), Description("For admins")] bool? HelpdeskAuthorized = null,
    [property: FromQuery(Name = "is_deleted"), Description("true is for admins")] bool? IsDeleted = null,
    [property: FromQuery(Name = "q"), StringLength(100), Description("Beginnings of words in the name, the employee code or the e-mail address")] string? Q = null);
