using System.Globalization;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Hdms.Users.People;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hdms.Users.Demo;

/// <summary>Somebody of the demo organisation, for a person who wants to try things out.</summary>
/// <param name="As">In words, as <c>Head of IT</c>.</param>
public sealed record DemoPerson(string As, string Name, string EmployeeCode);

/// <summary>What somebody of the demo organisation is.</summary>
/// <param name="Department">The department's code.</param>
public sealed record DemoMember(Guid Id, string EmployeeCode, Role Role, bool IsCeo, bool IsApprover, Guid DepartmentId, string Department);

/// <summary>
/// The made-up organisation that a new installation is filled with: seven departments and their people, by the same code as the
/// API's and in one unit of work, so that it is there wholly or not at all.
/// </summary>
public static class DemoOrganisation
{
    /// <summary>Everybody's. It is on the start page for all to read, so nothing but made-up people may have it.</summary>
    public const string Password = "Margalla-Sunrise-47";

    const string Anybody = "SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM departments)";

    static readonly DateTimeOffset FirstJoined = new(2019, 1, 7, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Fills an installation in which there is nobody and no department yet.</summary>
    /// <param name="usersService">The container of the users service's application.</param>
    /// <returns>Whether it has been filled.</returns>
    public static async Task<bool> MakeAsync(IServiceProvider usersService, CancellationToken ct)
    {
        var database = usersService.GetRequiredService<ServiceDatabase>();
        if (await database.ReadAsync(c => c.ExecuteScalarAsync<bool>(new CommandDefinition(Anybody, cancellationToken: ct)), ct))
        {
            return false;
        }

        // One for all: a hash takes a tenth of a second of a processor.
        var hash = Passwords.Hash(Password);
        return await database.WriteAsync(Caller.System() with { Role = Role.Admin }, async unit =>
        {
            // Of two programs that find it empty, one.
            await unit.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('hdms demo organisation', 0))");
            if (await unit.SingleAsync<bool>(Anybody))
            {
                return false;
            }

            var number = 0;
            foreach (var (code, name, capacity, queue, people) in DemoPeople.Departments)
            {
                var department = await DepartmentTable.InsertAsync(unit, Department(unit, code, name, capacity, queue));
                var rows = new List<(User Row, string Kind)>();
                for (var i = 0; i < people.Length; i++)
                {
                    var row = await RegisterUser.AddAsync(unit, Person(people[i], department, i + 1, number++));
                    await NewPassword.SetOwnAsync(unit, row.Id, hash);
                    rows.Add((row, people[i].Kind));
                }

                await SeatAsync(unit, department, rows);
            }

            return true;
        }, ct);
    }

    /// <summary>Who of them can be signed in as, one of each kind and every head; empty where the organisation is not, or is no more.</summary>
    public static async Task<IReadOnlyList<DemoPerson>> SignInsAsync(IServiceProvider usersService, CancellationToken ct)
    {
        var wanted = DemoPeople.Departments.SelectMany(d => d.People.Select((p, i) => (Code: CodeOf(d.Code, i + 1), p.First, p.Last, As: p.As(d.Name), p.Rank)))
            .Where(p => p.As is not null).OrderBy(p => p.Rank).ToList();
        var there = await usersService.GetRequiredService<ServiceDatabase>().ReadAsync(async connection => (await connection.QueryAsync<string>(new CommandDefinition(
            """
            SELECT u.employee_code FROM users AS u JOIN user_credentials AS c ON c.user_id = u.id
            WHERE u.employee_code = ANY(@codes) AND u.email LIKE '%@example.org' AND u.is_active AND NOT u.is_deleted AND u.helpdesk_authorized AND NOT c.must_change
            """,
            new { codes = wanted.Select(w => w.Code).ToArray() },
            cancellationToken: ct))).ToHashSet(StringComparer.Ordinal), ct);
        return [.. wanted.Where(w => there.Contains(w.Code)).Select(w => new DemoPerson(w.As!, $"{w.First} {w.Last}", w.Code))];
    }

    /// <summary>Everybody of it who is still there and active, by code.</summary>
    public static Task<IReadOnlyList<DemoMember>> PeopleAsync(IServiceProvider usersService, CancellationToken ct)
    {
        var codes = DemoPeople.Departments.SelectMany(d => d.People.Select((_, i) => CodeOf(d.Code, i + 1))).ToArray();
        return usersService.GetRequiredService<ServiceDatabase>().ReadAsync<IReadOnlyList<DemoMember>>(async connection =>
            [.. (await connection.QueryAsync<(Guid Id, string Code, string Role, bool IsCeo, bool IsApprover, Guid DepartmentId, string Department)>(new CommandDefinition(
                """
                SELECT u.id, u.employee_code, u.role, u.is_ceo, u.is_approver, d.id, d.code
                FROM users AS u JOIN departments AS d ON d.id = u.department_id
                WHERE u.employee_code = ANY(@codes) AND u.email LIKE '%@example.org' AND u.is_active AND NOT u.is_deleted AND NOT d.is_deleted
                ORDER BY u.employee_code
                """,
                new { codes },
                cancellationToken: ct))).Select(p => new DemoMember(p.Id, p.Code, Enum.Parse<Role>(p.Role, ignoreCase: true), p.IsCeo, p.IsApprover, p.DepartmentId, p.Department))], ct);
    }

    /// <summary>Codes of the demo people who can sign in with <see cref="Password"/>; whoever has set another one is not among them.</summary>
    public static async Task<IReadOnlyList<string>> WithPublicPasswordAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var hashes = (await connection.QueryAsync<(string Code, string Hash)>(new CommandDefinition(
            """
            SELECT u.employee_code, c.password_hash FROM users AS u JOIN user_credentials AS c ON c.user_id = u.id
            WHERE u.employee_code = ANY(@codes) AND u.email LIKE '%@example.org' AND u.is_active AND NOT u.is_deleted AND u.helpdesk_authorized
              AND c.password_hash IS NOT NULL
            ORDER BY u.employee_code
            """,
            new { codes = DemoPeople.Departments.SelectMany(d => d.People.Select((_, i) => CodeOf(d.Code, i + 1))).ToArray() },
            cancellationToken: ct))).ToLookup(p => p.Hash, p => p.Code, StringComparer.Ordinal);

        // They were given one hash, so there is little to verify.
        return [.. hashes.Where(h => Passwords.Verify(h.Key, Password) is PasswordVerdict.Ok or PasswordVerdict.OkUpgrade).SelectMany(h => h)];
    }

    static Department Department(UnitOfWork unit, string code, string name, int capacity, bool queue)
    {
        var department = new Department { Name = name, Code = code, TotalCapacity = capacity, QueueEnabled = queue };
        var check = new Checks();
        department.Check(check);
        check.Done();
        return department with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
    }

    /// <param name="number">Of all people, from 0.</param>
    static User Person(MadeUpPerson person, Department department, int numberInDepartment, int number)
    {
        var user = new User
        {
            EmployeeCode = CodeOf(department.Code, numberInDepartment),
            FirstName = person.First,
            LastName = person.Last,
            Email = $"{person.First}.{person.Last}@example.org".ToLowerInvariant().Replace(" ", "", StringComparison.Ordinal),
            // No region has the number 99999, so it is nobody's.
            Cnic = string.Create(CultureInfo.InvariantCulture, $"99999-{number + 1:D7}-{number % 10}"),
            PhoneNumber = string.Create(CultureInfo.InvariantCulture, $"+92 51 555 0{number + 100:D3}"),
            Role = person.Role,
            IsCeo = person.Kind is DemoPeople.Ceo,
            IsApprover = person.Kind is DemoPeople.Ceo or DemoPeople.Approver,
            IsAnalyst = person.Kind is DemoPeople.Analyst,
            HelpdeskAuthorized = true,
            DepartmentId = department.Id,
            DateJoined = FirstJoined.AddDays(number * 37 % 2500),
        };
        var check = new Checks();
        user.Check(check);
        foreach (var problem in Passwords.Problems(Password, user.EmployeeCode, user.Email, user.Cnic))
        {
            check.That("password", false, problem);
        }

        check.Done();
        return user;
    }

    static async Task SeatAsync(UnitOfWork unit, Department department, List<(User Row, string Kind)> people)
    {
        var head = people.Single(p => p.Kind == DemoPeople.Head).Row;
        await DepartmentTable.SeatHeadAsync(unit, department, head.Id);
        var seated = await DepartmentTable.SaveAsync<DepartmentChanged>(unit, department, department with { HeadId = head.Id });
        foreach (var (member, _) in people.Where(p => p.Kind == DemoPeople.Team))
        {
            await TeamTable.AddAsync(unit, seated, member.Id);
            seated = seated with { Version = seated.Version + 1 };
        }
    }

    static string CodeOf(string department, int number) => string.Create(CultureInfo.InvariantCulture, $"{department}-{number:D3}");
}
