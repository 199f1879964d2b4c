/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* start_empty.c - the limit of a start: a program that does nothing, linked as ours is. */
int main(void)
{
	return 0;
}
