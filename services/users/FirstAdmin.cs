using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users;

/// <summary>Lets in the one who lets in all others, where there is nobody yet who could. Only whoever has the server can do this.</summary>
public static class FirstAdmin
{
    const string NoneAtWork = "SELECT NOT EXISTS (SELECT FROM users WHERE role = 'admin' AND is_active AND NOT is_deleted AND helpdesk_authorized)";

    /// <param name="usersService">The container of the users service's application.</param>
    public static Task<bool> IsNeededAsync(IServiceProvider usersService, CancellationToken ct) =>
        usersService.GetRequiredService<ServiceDatabase>().ReadAsync(
            c => c.ExecuteScalarAsync<bool>(new CommandDefinition(NoneAtWork, cancellationToken: ct)), ct);

    /// <param name="password">A temporary one: it has to be changed before the first sign-in.</param>
    /// <exception cref="Refusal">There is an admin already, or what is given can't be taken.</exception>
    public static async Task MakeAsync(
        IServiceProvider usersService, string employeeCode, string firstName, string lastName, string? email, string password, CancellationToken ct)
    {
        var user = new User
        {
            EmployeeCode = employeeCode,
            FirstName = firstName,
            LastName = lastName,
            Email = email,
            Role = Role.Admin,
            HelpdeskAuthorized = true,
            DateJoined = DateTimeOffset.UtcNow,
        }.Trimmed();
        var check = new Checks();
        user.Check(check);
        check.Done();
        var hash = Passwords.Hash(password);
        await usersService.GetRequiredService<ServiceDatabase>().WriteAsync(Caller.System() with { Role = Role.Admin }, async unit =>
        {
            if (!await unit.SingleAsync<bool>(NoneAtWork))
            {
                throw Refusal.Forbidden("There is an admin already, who can make others.");
            }

            var row = await RegisterUser.AddAsync(unit, user);
            await NewPassword.SetTemporaryAsync(unit, row.Id, hash);
        }, ct);
    }
}
