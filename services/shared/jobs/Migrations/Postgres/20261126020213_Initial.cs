using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Jobs.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "work",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false),
                    Kind = table.Column<string>(type: "text", nullable: false),
                    Tenant = table.Column<string>(type: "text", nullable: false),
                    Key = table.Column<string>(type: "text", nullable: true),
                    SpecJson = table.Column<string>(type: "text", nullable: false),
                    StatusJson = table.Column<string>(type: "text", nullable: false),
                    Stage = table.Column<int>(type: "integer", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    CancelAsked = table.Column<bool>(type: "boolean", nullable: false),
                    Error = table.Column<string>(type: "text", nullable: false),
                    CreatedMs = table.Column<long>(type: "bigint", nullable: false),
                    EndedMs = table.Column<long>(type: "bigint", nullable: true),
                    LeaseOwner = table.Column<string>(type: "text", nullable: false),
                    LeaseUntilMs = table.Column<long>(type: "bigint", nullable: false),
                    Losses = table.Column<int>(type: "integer", nullable: false),
                    TellMs = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_work", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_work_Kind_Stage_Id",
                table: "work",
                columns: new[] { "Kind", "Stage", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_work_Kind_TellMs",
                table: "work",
                columns: new[] { "Kind", "TellMs" });

            migrationBuilder.CreateIndex(
                name: "IX_work_Kind_Tenant_Id",
                table: "work",
                columns: new[] { "Kind", "Tenant", "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_work_Kind_Tenant_Key",
                table: "work",
                columns: new[] { "Kind", "Tenant", "Key" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "work");
        }
    }
}
